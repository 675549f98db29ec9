import type { MutationBatch } from "../../../common/batch/mutation-batch.ts";
import type { ResultBatch } from "../../../common/batch/result-batch.ts";

/** What can happen to the attempts on one shard; `nowMs` is the router's monotonic clock. */
export type LaneEvent = Submitted | Answered | StreamLost | PathChanged | Configured | Tick;

/** A batch for the shard arrived. It is answered by exactly one reply command. */
export type Submitted = {
  readonly type: "submitted";
  readonly nowMs: number;
  /** Names the batch; higher than every earlier one of the shard. */
  readonly ticket: number;
  readonly batch: MutationBatch;
  /** When the caller stops waiting. */
  readonly deadlineMs: number;
};

/** The leader answered a send. */
export type Answered = {
  readonly type: "answered";
  readonly nowMs: number;
  readonly sendId: number;
  /** One result per row that was sent. */
  readonly results: ResultBatch;
  /** Session token of what was recorded; undefined when nothing was. */
  readonly session: ShardSession | undefined;
};

/** The stream to a node broke: sends without an answer may or may not have arrived. */
export type StreamLost = { readonly type: "stream_lost"; readonly nowMs: number; readonly nodeId: string };

/** What {@link LeaderPaths} says of a node may have changed for the better, or for good. */
export type PathChanged = { readonly type: "path_changed"; readonly nowMs: number };

/** A newer configuration of the shard. */
export type Configured = {
  readonly type: "configured";
  readonly nowMs: number;
  readonly generation: number;
  readonly leader: string;
};

/** Time passes; every few milliseconds while the lane is not idle. */
export type Tick = { readonly type: "tick"; readonly nowMs: number };

/** What the runtime must do, in order. */
export type LaneCommand = Send | Reply | Refresh;

/** Send rows to a node; answered by `answered`, or by `stream_lost` of that node. */
export type Send = {
  readonly type: "send";
  readonly sendId: number;
  readonly nodeId: string;
  readonly generation: number;
  readonly batch: MutationBatch;
  readonly timeoutMs: number;
  /** How often the attempt has been sent, this send included. */
  readonly sends: number;
};

/** Answer a submitted batch. */
export type Reply = {
  readonly type: "reply";
  readonly ticket: number;
  readonly results: ResultBatch;
  readonly session: ShardSession | undefined;
  /** Whether the leader said of some row that its issuer lives elsewhere. */
  readonly misplaced: boolean;
};

/** Ask the metadata service whether there is a newer configuration. */
export type Refresh = { readonly type: "refresh" };

/** Session token of one shard, with the durability its records had when acknowledged. */
export type ShardSession = {
  readonly shardId: number;
  readonly sessionToken: string;
  /** Number of a types.v1.Durability. */
  readonly durability: number;
};

/**
 * Whether rows can be sent to a node: now; not yet, but soon or never; not at all at present; not
 * so many.
 */
export type PathState = "ready" | "pending" | "down" | "full";

/** Synchronous view of the streams to the nodes. After "ready" a send of that many rows is taken. */
export interface LeaderPaths {
  state(nodeId: string, rowCount: number): PathState;
}
