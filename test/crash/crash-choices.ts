import type { Random } from "../../common/random.ts";
import type { CrashChoice, UnsyncedChange } from "../support/sim-disk.ts";

const RANDOM_CHOICES = 3;

const none: CrashChoice = () => 0;
const all: CrashChoice = (change, piece) => change.pieces[piece];

/**
 * The ways in which a crash may treat some unsynced changes: none or all survive, each one is lost
 * alone, each prefix survives alone, each write is torn at each sector with the later ones lost or
 * there, each sector is lost alone, and some random ones.
 */
export function* crashChoices(unsynced: readonly UnsyncedChange[], random: Random): Generator<CrashChoice> {
  yield none;
  if (unsynced.length === 0) return;
  yield all;
  for (const { id } of unsynced) {
    yield (change, piece) => (change.id === id ? 0 : all(change, piece));
    yield (change, piece) => (change.id < id ? all(change, piece) : 0);
  }
  for (const { id, pieces } of unsynced) {
    for (let torn = 1; torn < pieces.length; torn++)
      yield* tornAt(id, (piece) => (piece < torn ? pieces[piece] : 0));
    for (let lost = 0; lost < pieces.length && pieces.length > 1; lost++) {
      yield (change, piece) => (change.id === id && piece === lost ? 0 : all(change, piece));
    }
  }
  for (let i = 0; i < RANDOM_CHOICES; i++) yield randomPieces(random);
}

/** The ways in which one write may be torn at each of its bytes. */
export function* byteChoices({ id, pieces }: UnsyncedChange): Generator<CrashChoice> {
  const length = pieces.reduce((sum, piece) => sum + piece, 0);
  for (let bytes = 1; bytes < length; bytes++) yield* tornAt(id, (piece) => within(pieces, piece, bytes));
}

/** One change survives in part; those before it are there, those behind it are lost, or there. */
function* tornAt(id: number, kept: (piece: number) => number): Generator<CrashChoice> {
  for (const later of [none, all]) {
    yield (change, piece) => {
      if (change.id === id) return kept(piece);
      return change.id < id ? all(change, piece) : later(change, piece);
    };
  }
}

/** Bytes of a piece when only so many leading bytes of the whole change survive. */
function within(pieces: readonly number[], piece: number, bytes: number): number {
  const before = pieces.slice(0, piece).reduce((sum, length) => sum + length, 0);
  return Math.min(Math.max(bytes - before, 0), pieces[piece]);
}

function randomPieces(random: Random): CrashChoice {
  return (change, piece) => {
    const length = change.pieces[piece];
    return [0, length, random.integer(0, length)][random.integer(0, 2)];
  };
}
