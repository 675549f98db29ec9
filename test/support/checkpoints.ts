import type { CheckpointDelta } from "../../node/storage/checkpoint.ts";
import type { IssuerRow } from "../../node/shard/issuer-table.ts";
import type { TokenRun } from "../../node/shard/token-index.ts";

/** An issuer row whose columns all differ, near the limits of their types. */
export function issuerRow(number: number, salt = 0): IssuerRow {
  return {
    number,
    issuerId: `MUNI-${number}`,
    currency: number % 2 === 0 ? "EUR" : "USD",
    registeredLsn: number + 1,
    limitMinor: Number.MAX_SAFE_INTEGER - number,
    exposureMinor: 2 ** 40 + salt,
    lastLsn: 2 ** 33 + salt,
    openCount: 3 + salt,
    settledCount: 4 + salt,
  };
}

/** A sealed token run with the given number of slots; every second one is taken. */
export function tokenRun(slots: number, firstLsn: number): TokenRun {
  const fingerprints = Uint32Array.from({ length: slots }, (_, slot) => (slot % 2) * (0xffff_ffff - slot));
  const lsns = Float64Array.from({ length: slots }, (_, slot) => (slot % 2) * (firstLsn + (slot >> 1)));
  const count = slots / 2;
  const times = { timeMsMin: 1_700_000_000_000, timeMsMax: 1_700_000_000_000 + firstLsn };
  return { fingerprints, lsns, count, ...times, firstLsn, lastLsn: firstLsn + count - 1 };
}

/** A delta that changes the head only, unless told otherwise. */
export function checkpointDelta(appliedLsn: number, changes: Partial<CheckpointDelta> = {}): CheckpointDelta {
  return {
    appliedLsn,
    appliedChain: new Uint8Array(32).fill(appliedLsn % 251),
    generation: 1,
    lineage: [{ generation: 1, startLsn: 1 }],
    issuers: [],
    reservationChunks: [],
    tokenRuns: [],
    ...changes,
  };
}
