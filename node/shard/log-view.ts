import type { Frame } from "./frame.ts";

/**
 * What the engine may ask of the log while it decides: synchronous, by LSN. Every LSN from
 * {@link firstLsn} to the last appended one has its frame.
 */
export type LogView = {
  /** Lowest LSN whose frame is still there; 1 unless the log was truncated. */
  readonly firstLsn: number;
  /** The frame that holds an LSN; a broken invariant when it is out of range. */
  frameAt(lsn: number): Frame;
};
