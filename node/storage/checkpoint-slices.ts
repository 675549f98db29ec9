import { assert } from "../../common/assert.ts";
import type { TokenRun } from "../shard/token-index.ts";
import type { CheckpointDelta, CheckpointHead, CheckpointSlice, TokenRunHead } from "./checkpoint.ts";

/** Together with the next two: a slice is at most about 240 KB, a millisecond of SQLite. */
const ISSUERS_PER_SLICE = 512;
const CHUNKS_PER_SLICE = 6;
/** Slots of a token run in one slice, and in one row of the store. */
export const SLOTS_PER_PART = 1 << 14;

/** Cuts a delta into the slices that write it. Slices own their bytes except for reservation chunks. */
export function* sliceCheckpoint(delta: CheckpointDelta): Generator<CheckpointSlice> {
  for (const run of delta.tokenRuns) {
    assert(run.lastLsn <= delta.appliedLsn, "a checkpoint holds applied records only");
  }
  for (let i = 0; i < delta.issuers.length; i += ISSUERS_PER_SLICE) {
    yield { type: "issuers", rows: delta.issuers.slice(i, i + ISSUERS_PER_SLICE) };
  }
  for (let i = 0; i < delta.reservationChunks.length; i += CHUNKS_PER_SLICE) {
    yield { type: "chunks", chunks: delta.reservationChunks.slice(i, i + CHUNKS_PER_SLICE) };
  }
  for (const [ordinal, run] of delta.tokenRuns.entries()) yield* sliceRun(ordinal, run);
  yield { type: "head", head: headOf(delta) };
}

function* sliceRun(ordinal: number, run: TokenRun): Generator<CheckpointSlice> {
  yield { type: "run", run: runHead(ordinal, run) };
  for (let firstSlot = 0; firstSlot < run.fingerprints.length; firstSlot += SLOTS_PER_PART) {
    // Copies: a view would take the whole table along to another thread.
    const fingerprints = run.fingerprints.slice(firstSlot, firstSlot + SLOTS_PER_PART);
    const lsns = run.lsns.slice(firstSlot, firstSlot + SLOTS_PER_PART);
    yield { type: "run_part", part: { ordinal, firstSlot, fingerprints, lsns } };
  }
}

function runHead(ordinal: number, run: TokenRun): TokenRunHead {
  const { count, timeMsMin, timeMsMax, firstLsn, lastLsn } = run;
  return { ordinal, slots: run.fingerprints.length, count, timeMsMin, timeMsMax, firstLsn, lastLsn };
}

function headOf({ appliedLsn, appliedChain, generation, lineage }: CheckpointDelta): CheckpointHead {
  return { appliedLsn, appliedChain: new Uint8Array(appliedChain), generation, lineage };
}
