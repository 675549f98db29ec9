// The contract of a state store, held by the SQLite one and by its twin in memory alike.
import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import * as fc from "fast-check";
import t from "tap";
import { CHUNK_BYTES } from "../../../node/shard/reservation-table.ts";
import type { Checkpoint, CheckpointDelta } from "../../../node/storage/checkpoint.ts";
import { sliceCheckpoint } from "../../../node/storage/checkpoint-slices.ts";
import { SqliteStateStore } from "../../../node/storage/sqlite-state-store.ts";
import type { StateStore } from "../../../node/storage/state-store.ts";
import { checkpointDelta, issuerRow, tokenRun } from "../../support/checkpoints.ts";
import { MemoryStateFile, MemoryStateStore } from "../../support/memory-state-store.ts";
import { temporaryDirectory } from "../../support/temporary-directory.ts";

/** Opens the store of one place again and again; a new place is empty. */
type Open = () => StateStore;

const PLACES: Record<string, (directory: string) => Open> = {
  sqlite: (directory) => {
    const path = join(directory, `${randomBytes(4).toString("hex")}.sqlite`);
    return () => new SqliteStateStore(path, { incarnation: new Uint8Array(16).fill(7), randomBytes });
  },
  memory: () => {
    const file = new MemoryStateFile(Uint32Array.of(1, 2, 3, 4));
    return () => new MemoryStateStore(file);
  },
};

/** What the checkpoints add up to, in the plainest way. */
function sum(before: Checkpoint | undefined, delta: CheckpointDelta): Checkpoint {
  const issuers = [...(before?.issuers ?? [])];
  for (const row of delta.issuers) issuers[row.number] = row;
  const chunks = new Map(before?.reservationChunks.map((chunk) => [chunk.index, chunk]));
  for (const chunk of delta.reservationChunks) chunks.set(chunk.index, chunk);
  const reservationChunks = [...chunks.values()].toSorted((a, b) => a.index - b.index);
  return {
    ...delta,
    issuers,
    reservationChunks,
    tokenRuns: [...(before?.tokenRuns ?? []), ...delta.tokenRuns],
  };
}

const chunk = (index: number, value: number) => ({ index, bytes: new Uint8Array(CHUNK_BYTES).fill(value) });

/** One checkpoint: what it changes, and after how many slices it is cut off by a crash, if it is. */
type Step = { salt: number; issuers: number; chunks: number[]; runs: number; crashAfter: number | undefined };

const step: fc.Arbitrary<Step> = fc.record({
  salt: fc.nat(1000),
  issuers: fc.constantFrom(0, 1, 3, 700),
  chunks: fc.uniqueArray(fc.nat(9), { maxLength: 8 }),
  runs: fc.constantFrom(0, 0, 1, 2),
  crashAfter: fc.option(fc.nat(6), { nil: undefined }),
});

function deltaOf({ salt, issuers, chunks, runs }: Step, appliedLsn: number): CheckpointDelta {
  return checkpointDelta(appliedLsn, {
    generation: 1 + (salt % 3),
    lineage: Array.from({ length: 1 + (salt % 3) }, (_, i) => ({ generation: i + 1, startLsn: i * 10 + 1 })),
    issuers: Array.from({ length: issuers }, (_, number) => issuerRow(number, salt)),
    reservationChunks: chunks.map((index) => chunk(index, salt % 256)),
    tokenRuns: Array.from({ length: runs }, (_, i) => tokenRun(1024, appliedLsn - 2000 + i * 512)),
  });
}

for (const [name, place] of Object.entries(PLACES)) {
  t.test(`${name}: an empty store has no checkpoint and keeps its hash key`, async (t) => {
    const open = place(temporaryDirectory(t));
    const first = open();
    t.equal(first.loadCheckpoint(), undefined);
    const key = first.tokenHashKey;
    t.equal(key.length, 4);
    first.close();
    const second = open();
    t.ok(isDeepStrictEqual(second.tokenHashKey, key));
    second.close();
  });

  t.test(
    `${name}: what is loaded is the sum of the checkpoints that ended, through any crashes`,
    async (t) => {
      const directory = temporaryDirectory(t);
      const holds = (steps: Step[]): boolean => {
        const open = place(directory);
        let store = open();
        let expected: Checkpoint | undefined;
        for (const [i, each] of steps.entries()) {
          const delta = deltaOf(each, 5000 * (i + 1));
          const slices = [...sliceCheckpoint(delta)];
          const ends = each.crashAfter === undefined || each.crashAfter >= slices.length;
          for (const slice of slices.slice(0, each.crashAfter)) store.writeSlice(slice);
          if (ends) expected = sum(expected, delta);
          store.close();
          store = open();
          if (!isDeepStrictEqual(store.loadCheckpoint(), expected)) return false;
        }
        store.close();
        return true;
      };
      t.doesNotThrow(() => fc.assert(fc.property(fc.array(step, { maxLength: 5 }), holds), { numRuns: 30 }));
    },
  );

  t.test(`${name}: checkpoints of one opening add up`, async (t) => {
    const store = place(temporaryDirectory(t))();
    let expected: Checkpoint | undefined;
    for (let i = 1; i <= 3; i++) {
      const delta = checkpointDelta(300_000 * i, { tokenRuns: [tokenRun(65_536, 100_000 * i)] });
      store.writeCheckpoint(delta);
      expected = sum(expected, delta);
    }
    t.ok(isDeepStrictEqual(store.loadCheckpoint(), expected));
    store.close();
  });

  t.test(`${name}: a checkpoint never goes back and never runs ahead`, async (t) => {
    const store = place(temporaryDirectory(t))();
    store.writeCheckpoint(checkpointDelta(100));
    t.throws(() => store.writeCheckpoint(checkpointDelta(99)), { message: "a checkpoint never goes back" });
    const ahead = checkpointDelta(100, { tokenRuns: [tokenRun(1024, 100)] });
    t.throws(() => store.writeCheckpoint(ahead), { message: "a checkpoint holds applied records only" });
    store.close();
  });

  t.test(`${name}: the bytes of a checkpoint stay the caller's`, async (t) => {
    const store = place(temporaryDirectory(t))();
    const bytes = new Uint8Array(CHUNK_BYTES).fill(1);
    store.writeCheckpoint(checkpointDelta(1, { reservationChunks: [{ index: 0, bytes }] }));
    bytes.fill(2);
    t.equal(store.loadCheckpoint()?.reservationChunks[0]?.bytes[0], 1);
    store.close();
  });
}
