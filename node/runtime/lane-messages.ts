import type { Checkpoint, CheckpointSlice } from "../storage/checkpoint.ts";
import type { NodeIdentity, ShardRecord } from "../storage/node-store.ts";
import type { StorageFault } from "../storage/storage-error.ts";
import type { QuarantineCopy } from "../wal/quarantine.ts";
import type { RecoveredLog } from "../wal/recovery.ts";
import type { FramePlacement } from "../wal/segment-index.ts";

/** The lane that keeps what concerns the node as a whole. */
export const NODE_LANE = 0;

/** What a lane's thread is started with. */
export type LaneThreadData = {
  readonly lane: number;
  readonly dataDirectory: string;
  /** Room kept in hand for the recovery of a full volume, bytes; 0 for none. */
  readonly ballastBytes: number;
  /** Memory for the frames of a round, shared with the main thread. */
  readonly staging: SharedArrayBuffer;
};

/** Frames of one shard in a round; their bytes lie in the staging memory, in the order of the lists. */
export type RoundShare = {
  readonly shardId: number;
  /** Bytes of each frame. Behind each frame lies its chain value. */
  readonly frameBytes: readonly number[];
};

/** Everything a lane's thread can be asked for, one at a time. */
export type LaneTask =
  | { readonly type: "open_node" }
  | { readonly type: "claim"; readonly identity: NodeIdentity }
  | { readonly type: "record_incarnation"; readonly shardId: number; readonly incarnation: Uint8Array }
  | { readonly type: "persist_promise"; readonly shardId: number; readonly generation: number }
  | { readonly type: "open_shard"; readonly shardId: number; readonly incarnation: Uint8Array }
  | { readonly type: "round"; readonly shares: readonly RoundShare[] }
  | { readonly type: "truncate_tail"; readonly shardId: number; readonly keepLsn: number }
  | { readonly type: "prepare_segment"; readonly shardId: number; readonly bytes: number }
  | { readonly type: "checkpoint"; readonly shardId: number; readonly slice: CheckpointSlice }
  | { readonly type: "probe" }
  | { readonly type: "close" };

/** What each task answers with. */
export type LaneResults = {
  readonly open_node: NodeContents;
  readonly claim: void;
  readonly record_incarnation: void;
  readonly persist_promise: void;
  readonly open_shard: OpenedShard | RefusedShard;
  readonly round: RoundResult;
  readonly truncate_tail: QuarantineCopy | undefined;
  /** Bytes still to do. */
  readonly prepare_segment: number;
  readonly checkpoint: void;
  readonly probe: DiskProbe;
  readonly close: void;
};

/** An answer that is no failure of the lane: the database says no, for a reason the caller handles. */
export type StorageRefusal = {
  readonly type: "storage_refusal";
  readonly fault: StorageFault;
  readonly message: string;
};

/** What the node's own store held when it was opened. */
export type NodeContents = {
  /** Undefined while the directory was never claimed. */
  readonly identity: NodeIdentity | undefined;
  readonly shards: readonly ShardRecord[];
};

/** A shard ready for appends, with all that is needed to restore it. */
export type OpenedShard = {
  readonly type: "opened";
  readonly checkpoint: Checkpoint | undefined;
  readonly tokenHashKey: Uint32Array;
  /** The log as it was recovered; never corrupt. */
  readonly log: RecoveredLog;
  /** Why the derived state was given up and is to be rebuilt from the whole log; undefined if it was not. */
  readonly discarded: string | undefined;
};

/**
 * Why a shard cannot be served by this node.
 * wal-corrupt: records it had synced cannot be read. state-lost: the derived state is gone and the
 * log no longer reaches back to its beginning. state-newer: a later release wrote it. foreign: it
 * is of another incarnation.
 */
export type RefusalReason = "wal-corrupt" | "state-lost" | "state-newer" | "foreign";

/** A shard this node must not serve; the others are not concerned. */
export type RefusedShard = {
  readonly type: "refused";
  readonly reason: RefusalReason;
  readonly message: string;
};

/** What became of the frames of one shard in a round: all of them are durable. */
export type ShareResult = {
  readonly shardId: number;
  /** One per frame, in order. */
  readonly placements: readonly FramePlacement[];
  /** True when the next segment has to be prepared. */
  readonly wantsSegment: boolean;
};

export type RoundResult = {
  /** In the order of the round's shares. */
  readonly shares: readonly ShareResult[];
  /** Time the disk took to sync the round, milliseconds. */
  readonly syncMs: number;
};

/** A write and a sync that had nothing else to do, and the room on the volume. */
export type DiskProbe = {
  readonly syncMs: number;
  readonly freeBytes: number;
  readonly totalBytes: number;
};
