import type { Checkpoint, CheckpointDelta, CheckpointSlice } from "./checkpoint.ts";

/**
 * The derived state of one shard on this node, behind its log and never ahead of it.
 *
 * Invariants: what {@link loadCheckpoint} returns is the sum of the deltas that ended, never a
 * part of one; appliedLsn never decreases. One slice sequence at a time.
 */
export interface StateStore {
  /** 4 random words drawn when the store was created; the restored token runs are hashed with them. */
  readonly tokenHashKey: Uint32Array;

  /** Last record of the last checkpoint, 0 before the first. */
  readonly appliedLsn: number;

  /**
   * State as of the last checkpoint; undefined before the first one.
   * @throws StorageError damaged
   */
  loadCheckpoint(): Checkpoint | undefined;

  /** Writes the next piece of a delta; the head ends it and makes it visible. */
  writeSlice(slice: CheckpointSlice): void;

  /** Writes a whole delta. */
  writeCheckpoint(delta: CheckpointDelta): void;

  /** Lets go of the store; the pieces of a delta that has not ended are gone. */
  close(): void;
}
