import type { LineageEntry } from "../shard/configuration.ts";
import type { IssuerRow } from "../shard/issuer-table.ts";
import type { TokenRun } from "../shard/token-index.ts";

/** The point of a shard's history that a checkpoint describes. */
export type CheckpointHead = {
  /** Last record whose effects are in the state; committed. */
  readonly appliedLsn: number;
  /** Chain value of the log after that record, 32 bytes. */
  readonly appliedChain: Uint8Array;
  /** Generation in force at that record. */
  readonly generation: number;
  /** Surviving history up to that generation, oldest first. */
  readonly lineage: readonly LineageEntry[];
};

/** Mutable part of the reservations of one chunk of LSNs, as the reservation table lays it out. */
export type ReservationChunk = { readonly index: number; readonly bytes: Uint8Array };

/**
 * What changed between two checkpoints. Written as a whole or not at all. Holds effects of
 * committed and applied records only: tokenRuns[i].lastLsn ≤ appliedLsn.
 */
export type CheckpointDelta = CheckpointHead & {
  readonly issuers: readonly IssuerRow[];
  readonly reservationChunks: readonly ReservationChunk[];
  /** Runs sealed since the last checkpoint, in the order they were sealed. */
  readonly tokenRuns: readonly TokenRun[];
};

/** The whole state of a shard at one LSN: the sum of all deltas up to it. */
export type Checkpoint = CheckpointHead & {
  /** Dense by number. */
  readonly issuers: readonly IssuerRow[];
  /** Ascending by index. */
  readonly reservationChunks: readonly ReservationChunk[];
  /** In the order they were sealed. */
  readonly tokenRuns: readonly TokenRun[];
};

/** Slots `firstSlot …` of one sealed token run. */
export type TokenRunPart = {
  /** Position of the run among the new runs of its checkpoint. */
  readonly ordinal: number;
  readonly firstSlot: number;
  readonly fingerprints: Uint32Array;
  readonly lsns: Float64Array;
};

/** What describes a token run besides its slots. */
export type TokenRunHead = {
  readonly ordinal: number;
  readonly slots: number;
  readonly count: number;
  readonly timeMsMin: number;
  readonly timeMsMax: number;
  readonly firstLsn: number;
  readonly lastLsn: number;
};

/**
 * A piece of a delta small enough to write between two rounds. The pieces of one delta come in
 * order and end with the head; nothing of them is visible before that.
 */
export type CheckpointSlice =
  | { readonly type: "issuers"; readonly rows: readonly IssuerRow[] }
  | { readonly type: "chunks"; readonly chunks: readonly ReservationChunk[] }
  | { readonly type: "run"; readonly run: TokenRunHead }
  | { readonly type: "run_part"; readonly part: TokenRunPart }
  | { readonly type: "head"; readonly head: CheckpointHead };
