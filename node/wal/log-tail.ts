import { bytesEqual, CHAIN_START } from "../shard/checksums.ts";
import { type Frame, frameIncarnation } from "../shard/frame.ts";

/** Where a log ends (or where a segment begins): position and chain value of its last record. */
export type LogTail = {
  readonly lsn: number;
  readonly generation: number;
  readonly chain: Uint8Array;
};

/** The tail of a log without records. */
export const LOG_START: LogTail = { lsn: 0, generation: 0, chain: CHAIN_START };

/** Whose log it is. */
export type LogIdentity = {
  /** UUID of the shard's life, 16 bytes. */
  readonly incarnation: Uint8Array;
  readonly shardId: number;
};

/** True when two logs are of the same life of the same shard. */
export function sameIdentity(a: LogIdentity, b: LogIdentity): boolean {
  return a.shardId === b.shardId && bytesEqual(a.incarnation, b.incarnation);
}

/** Why a frame does not continue a log. */
export type SequenceFault = "incarnation" | "sequence" | "chain" | "generation";

/** Checks that a frame is the next one of a log; undefined when it is. */
export function sequenceFault(frame: Frame, tail: LogTail, identity: LogIdentity): SequenceFault | undefined {
  if (!bytesEqual(frameIncarnation(frame.bytes), identity.incarnation)) return "incarnation";
  if (frame.firstLsn !== tail.lsn + 1) return "sequence";
  if (!bytesEqual(frame.prevChain, tail.chain)) return "chain";
  if (frame.generation < tail.generation) return "generation";
  return undefined;
}

/** The tail behind a frame. */
export function tailOf(frame: Frame): LogTail {
  return { lsn: frame.lastLsn, generation: frame.generation, chain: frame.chain };
}
