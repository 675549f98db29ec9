import type { LogTail } from "./log-tail.ts";
import type { EntryFault } from "./segment-scan.ts";

/** What is wrong with a log that recovery must not touch. */
export type CorruptionReason =
  | EntryFault
  /** The header of a segment file is not valid or not the one its name says. */
  | "segment-header"
  /** A segment of another life of the shard, or of another shard, lies among the others. */
  | "foreign-segment"
  /** Records that were synced are not there: the log ends, or has a hole, below them. */
  | "missing"
  /** The intent of an unfinished cut or reset cannot be read. */
  | "intent";

/**
 * Records this node had made durable cannot be read. Nothing is truncated and the shard is not
 * served until the damaged segment is rebuilt from the frames `segment … lastLsn` of a peer; of the
 * last segment from everything the peer has of it, since its own end may be unknown.
 */
export type Corruption = {
  readonly kind: "corrupt";
  readonly reason: CorruptionReason;
  /** First LSN that cannot be read, and the last one before the next frame that can. */
  readonly lsn: number;
  readonly throughLsn: number;
  /** First LSN of the damaged segment, which names its file, and the offset of the damage in it. */
  readonly segment: number;
  readonly offset: number;
  /** The log before the damaged segment; undefined when that was written only in its lost header. */
  readonly base: LogTail | undefined;
  /** Last LSN the damaged segment is known to have held. */
  readonly lastLsn: number;
  /** No other segment follows: it may have held more. */
  readonly isLast: boolean;
};

export type RecoveryVerdict =
  | { readonly kind: "clean" }
  /**
   * A write that was never synced had come to disk in part and was erased, from an LSN on. The
   * node may lead only after a peer confirmed its last position.
   */
  | { readonly kind: "torn_tail_zeroed"; readonly lsn: number; readonly bytes: number }
  | Corruption;
