import type { CheckpointDelta } from "../storage/checkpoint.ts";
import type { Frame } from "../shard/frame.ts";
import type { LogView } from "../shard/log-view.ts";

/** What became of appended frames. */
export type AppendedFrames = {
  /** Everything up to here is on stable storage. */
  readonly lastLsn: number;
  /** Time the flush took, milliseconds. */
  readonly syncMs: number;
};

/**
 * The disk of one shard as its host sees it. Appended frames can be read at once; a rejected promise
 * means that the storage failed for good and the process is on its way out.
 */
export type ShardStorage = {
  readonly log: LogView;
  /** Bytes of log on disk. */
  readonly walBytes: number;
  /** False while so much waits for the disk that followers' frames must wait too. */
  hasRoom(): boolean;
  append(frames: readonly Frame[]): Promise<AppendedFrames>;
  persistPromise(generation: number): Promise<void>;
  /** Copies the tail after an LSN to quarantine and cuts it. */
  truncateTail(keepLsn: number): Promise<void>;
  /** Takes the delta's buffers over. One at a time. */
  writeCheckpoint(delta: CheckpointDelta): Promise<void>;
};
