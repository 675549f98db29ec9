import { assert } from "../../common/assert.ts";
import { tokenTimeMs } from "../../common/batch/token.ts";

/** Slots of a full run; the load factor stays at or below one half. */
const RUN_SLOTS = 1 << 18;
const RUN_TOKENS_MAX = RUN_SLOTS / 2;
const FIRST_SLOTS = 1 << 10;

/** One open-addressing table: `fingerprints[i]` is 0 in an empty slot, else `lsns[i]` is the record. */
export type TokenRun = {
  readonly fingerprints: Uint32Array;
  readonly lsns: Float64Array;
  count: number;
  timeMsMin: number;
  timeMsMax: number;
  firstLsn: number;
  lastLsn: number;
};

/** Tells whether the record at an LSN carries the token and issuer that were asked for. */
export type TokenMatcher = (lsn: number) => boolean;

/**
 * Finds the record of (issuer, token) by hash: 32 bits of fingerprint and an LSN per token, the
 * token itself is compared in the log. A table that is full is sealed as it stands into a run
 * with the range of its token times; UUIDv7 times prune the runs a look-up has to visit. Runs
 * are never merged. The hash is keyed, so that no client can aim at one slot.
 */
export class TokenIndex {
  readonly #key: Uint32Array;
  #sealed: TokenRun[] = [];
  #active: TokenRun = emptyRun(FIRST_SLOTS);
  /** Runs already handed to a checkpoint. */
  #persisted = 0;

  /** The key is 4 random words, the same for the life of the shard's data on this node. */
  constructor(key: Uint32Array) {
    assert(key.length === 4, "token hash key has 4 words");
    this.#key = key;
  }

  get count(): number {
    return this.#sealed.reduce((sum, run) => sum + run.count, this.#active.count);
  }

  /** Every record up to this LSN is in a sealed run; replay has to start behind it. */
  get sealedThroughLsn(): number {
    return this.#sealed.at(-1)?.lastLsn ?? 0;
  }

  /** LSN of the record that carries the token hashed by {@link hash}, or 0. The matcher reads the log. */
  find(hash: number, bytes: Uint8Array, offset: number, matches: TokenMatcher): number {
    const timeMs = tokenTimeMs(bytes, offset);
    const found = probe(this.#active, hash, timeMs, matches);
    if (found !== 0) return found;
    for (let i = this.#sealed.length - 1; i >= 0; i--) {
      const lsn = probe(this.#sealed[i], hash, timeMs, matches);
      if (lsn !== 0) return lsn;
    }
    return 0;
  }

  /** Adds a token that is not there yet; LSNs come in ascending order. */
  insert(issuer: number, bytes: Uint8Array, offset: number, lsn: number): void {
    if (this.#active.count >= RUN_TOKENS_MAX) this.#seal();
    else if (this.#active.count * 2 >= this.#active.fingerprints.length) this.#active = doubled(this.#active);
    const run = this.#active;
    place(run, this.hash(issuer, bytes, offset), lsn);
    const timeMs = tokenTimeMs(bytes, offset);
    if (timeMs < run.timeMsMin) run.timeMsMin = timeMs;
    if (timeMs > run.timeMsMax) run.timeMsMax = timeMs;
    if (run.firstLsn === 0) run.firstLsn = lsn;
    run.lastLsn = lsn;
    run.count++;
  }

  /** Runs sealed since the last call, for the checkpoint. */
  takeSealed(): TokenRun[] {
    const fresh = this.#sealed.slice(this.#persisted);
    this.#persisted = this.#sealed.length;
    return fresh;
  }

  /** Restores a sealed run of a checkpoint; runs come in the order they were sealed. */
  restore(run: TokenRun): void {
    this.#sealed.push(run);
    this.#persisted = this.#sealed.length;
  }

  #seal(): void {
    this.#sealed.push(this.#active);
    this.#active = emptyRun(RUN_SLOTS);
  }

  /** MurmurHash3's 32-bit body and finalizer over token words and issuer, keyed; never 0. */
  hash(issuer: number, bytes: Uint8Array, offset: number): number {
    let hash = this.#key[0] ^ issuer;
    for (let i = 0; i < 4; i++) {
      const at = offset + i * 4;
      const word = bytes[at] | (bytes[at + 1] << 8) | (bytes[at + 2] << 16) | (bytes[at + 3] << 24);
      let k = Math.imul(word ^ this.#key[i], 0xcc9e2d51);
      k = Math.imul((k << 15) | (k >>> 17), 0x1b873593);
      hash ^= k;
      hash = (Math.imul((hash << 13) | (hash >>> 19), 5) + 0xe6546b64) | 0;
    }
    hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
    hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
    hash = (hash ^ (hash >>> 16)) >>> 0;
    return hash === 0 ? 1 : hash;
  }
}

function emptyRun(slots: number): TokenRun {
  return {
    fingerprints: new Uint32Array(slots),
    lsns: new Float64Array(slots),
    count: 0,
    timeMsMin: Number.POSITIVE_INFINITY,
    timeMsMax: Number.NEGATIVE_INFINITY,
    firstLsn: 0,
    lastLsn: 0,
  };
}

function probe(run: TokenRun, hash: number, timeMs: number, matches: TokenMatcher): number {
  if (timeMs < run.timeMsMin || timeMs > run.timeMsMax) return 0;
  const mask = run.fingerprints.length - 1;
  for (let slot = hash & mask; run.fingerprints[slot] !== 0; slot = (slot + 1) & mask) {
    if (run.fingerprints[slot] === hash && matches(run.lsns[slot])) return run.lsns[slot];
  }
  return 0;
}

function place(run: TokenRun, hash: number, lsn: number): void {
  const mask = run.fingerprints.length - 1;
  let slot = hash & mask;
  while (run.fingerprints[slot] !== 0) slot = (slot + 1) & mask;
  run.fingerprints[slot] = hash;
  run.lsns[slot] = lsn;
}

function doubled(run: TokenRun): TokenRun {
  const larger = emptyRun(run.fingerprints.length * 2);
  for (let slot = 0; slot < run.fingerprints.length; slot++) {
    if (run.fingerprints[slot] !== 0) place(larger, run.fingerprints[slot], run.lsns[slot]);
  }
  const { count, timeMsMin, timeMsMax, firstLsn, lastLsn } = run;
  return Object.assign(larger, { count, timeMsMin, timeMsMax, firstLsn, lastLsn });
}
