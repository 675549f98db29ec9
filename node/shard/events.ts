import type { MutationBatch } from "../../common/batch/mutation-batch.ts";
import type { ResultBatch } from "../../common/batch/result-batch.ts";
import type { ShardConfiguration } from "./configuration.ts";
import type { Frame } from "./frame.ts";

/**
 * Everything that can happen to a shard on one node. The runtime delivers events one at a time;
 * `nowMs` is the node's monotonic clock. The engine answers with {@link ShardCommand}s.
 */
export type ShardEvent =
  | Configured
  | SealAsked
  | Submitted
  | Flush
  | LocalDurable
  | PromisePersisted
  | TailTruncated
  | FollowerAttached
  | FollowerAcked
  | FollowerDetached
  | Ship
  | SubscriptionOpened
  | FramesReceived
  | SubscriptionAnswered
  | SubscriptionClosed
  | Leased
  | DiskSpace
  | Tick;

/** The register published a configuration (or repeats the one in force). */
export type Configured = { readonly type: "configured"; readonly configuration: ShardConfiguration };

/** An operation asks this node to promise a generation and to say where its log ends. */
export type SealAsked = {
  readonly type: "seal_asked";
  /** Names the request in the answer. */
  readonly ticket: number;
  readonly generation: number;
};

/** A batch of mutations arrived. It is answered by exactly one reply command. */
export type Submitted = {
  readonly type: "submitted";
  readonly nowMs: number;
  readonly request: SubmitRequest;
};

export type SubmitRequest = {
  /** Names the batch in the reply; unique among the open ones of the shard. */
  readonly ticket: number;
  readonly batch: MutationBatch;
  /** Generation the sender acts on; 0 when it does not say. */
  readonly generation: number;
  /** Highest kind the sender may use: PUBLIC_KIND_MAX for services, TOKEN_FENCE inside the cluster. */
  readonly kindMax: number;
  /** Region through which the batch came. */
  readonly region: string;
  /** Monotonic time after which the caller no longer waits. */
  readonly deadlineMs: number;
};

/** End of an event-loop turn: what has gathered becomes a frame if none is in flight. */
export type Flush = { readonly type: "flush"; readonly nowMs: number; readonly wallMs: number };

/**
 * Everything up to an LSN is on this node's stable storage. Delivered in order, one for every
 * append command.
 */
export type LocalDurable = { readonly type: "local_durable"; readonly nowMs: number; readonly lsn: number };

/** A promise is on stable storage. */
export type PromisePersisted = { readonly type: "promise_persisted"; readonly generation: number };

/** The tail after an LSN is cut off the log (and kept in quarantine). */
export type TailTruncated = { readonly type: "tail_truncated"; readonly lastLsn: number };

/** A follower subscribed; `session` names its stream on this node. */
export type FollowerAttached = {
  readonly type: "follower_attached";
  readonly nowMs: number;
  readonly session: number;
  readonly nodeId: string;
  readonly nonce: number;
  /** undefined when the follower holds nothing yet. */
  readonly incarnation: Uint8Array | undefined;
  readonly promisedGeneration: number;
  readonly lastGeneration: number;
  readonly lastLsn: number;
  readonly lastChain: Uint8Array;
  readonly appliedLsn: number;
};

/** A follower reports progress. */
export type FollowerAcked = {
  readonly type: "follower_acked";
  readonly nowMs: number;
  readonly session: number;
  readonly nonce: number;
  readonly generation: number;
  readonly durableLsn: number;
  readonly durableChain: Uint8Array;
  readonly appliedLsn: number;
  /** The leader's own send stamp, echoed. */
  readonly echoedSendMs: number;
};

/** A follower's stream ended. */
export type FollowerDetached = { readonly type: "follower_detached"; readonly session: number };

/** Time to send asynchronous followers what is committed, and heartbeats to all. */
export type Ship = { readonly type: "ship"; readonly nowMs: number; readonly heartbeat: boolean };

/** This node's stream to the leader's node is open; the engine subscribes on it. */
export type SubscriptionOpened = { readonly type: "subscription_opened"; readonly leader: string };

/** The leader sent frames, or a heartbeat when there are none. */
export type FramesReceived = {
  readonly type: "frames_received";
  readonly nowMs: number;
  readonly leader: string;
  readonly generation: number;
  readonly nonce: number;
  /** Verified by the receiver, consecutive. */
  readonly frames: readonly Frame[];
  readonly commitLsn: number;
  readonly sentMs: number;
};

/** The leader's node cannot serve the subscription as it is. */
export type SubscriptionAnswered = {
  readonly type: "subscription_answered";
  readonly leader: string;
  readonly nonce: number;
  readonly generation: number;
  readonly verdict: SubscriptionVerdict;
};

export type SubscriptionVerdict =
  | { readonly type: "truncate"; readonly keepLsn: number; readonly keepChain: Uint8Array }
  | { readonly type: "snapshot_needed"; readonly firstLsn: number }
  | { readonly type: "refused"; readonly reason: number };

/** This node's stream to the leader's node ended. */
export type SubscriptionClosed = { readonly type: "subscription_closed"; readonly leader: string };

/** The metadata service leases the leadership of a generation until a time on this node's monotonic clock. */
export type Leased = { readonly type: "leased"; readonly generation: number; readonly untilMs: number };

/** Whether the disk has room for new reservations. */
export type DiskSpace = { readonly type: "disk_space"; readonly full: boolean };

/** Time passes: deadlines, expiry. At least every 250 ms. */
export type Tick = { readonly type: "tick"; readonly nowMs: number; readonly wallMs: number };

/** What the runtime must do; in order, O(1) of them per batch. */
export type ShardCommand =
  | AppendFrames
  | PersistPromise
  | TruncateTail
  | SendFrames
  | SendAnswer
  | SendSubscription
  | SendAck
  | Reply
  | SealAnswer
  | Applied
  | Established
  | ProposeRestart;

/** Write frames to the log and sync them; answered by local_durable of the last LSN. */
export type AppendFrames = { readonly type: "append"; readonly frames: readonly Frame[] };

/** Make a promise durable; answered by promise_persisted. */
export type PersistPromise = { readonly type: "persist_promise"; readonly generation: number };

/** Quarantine and cut everything after an LSN; answered by tail_truncated. */
export type TruncateTail = { readonly type: "truncate_tail"; readonly keepLsn: number };

/** Send frames (or a heartbeat) to a follower's session. */
export type SendFrames = {
  readonly type: "send_frames";
  readonly session: number;
  readonly nonce: number;
  readonly generation: number;
  readonly frames: readonly Frame[];
  readonly commitLsn: number;
};

/** Tell a follower why it cannot follow as it is. */
export type SendAnswer = {
  readonly type: "send_answer";
  readonly session: number;
  readonly nonce: number;
  readonly generation: number;
  readonly verdict: SubscriptionVerdict;
};

/** Subscribe at the leader's node with the end of the own log. */
export type SendSubscription = {
  readonly type: "send_subscription";
  readonly leader: string;
  readonly nonce: number;
  readonly incarnation: Uint8Array | undefined;
  readonly promisedGeneration: number;
  readonly lastGeneration: number;
  readonly lastLsn: number;
  readonly lastChain: Uint8Array;
  readonly appliedLsn: number;
};

/** Report durable progress to the leader's node. */
export type SendAck = {
  readonly type: "send_ack";
  readonly leader: string;
  readonly nonce: number;
  readonly generation: number;
  readonly durableLsn: number;
  readonly durableChain: Uint8Array;
  readonly appliedLsn: number;
  readonly echoedSendMs: number;
};

/** Answer a submitted batch. */
export type Reply = {
  readonly type: "reply";
  readonly ticket: number;
  readonly results: ResultBatch;
  /** Highest LSN among the results, 0 when nothing was recorded: the batch's session token. */
  readonly lsn: number;
  readonly generation: number;
};

/**
 * Answer a seal: the promise is durable, and so is everything appended. Under a promise higher than
 * the one asked for the request is refused.
 */
export type SealAnswer = {
  readonly type: "seal_answer";
  readonly ticket: number;
  readonly promisedGeneration: number;
  readonly endGeneration: number;
  readonly endLsn: number;
  readonly endChain: Uint8Array;
  readonly commitHintLsn: number;
  /** Until when, on this node's monotonic clock, it stands by a grant it gave. */
  readonly grantKeptUntilMs: number;
};

/** Committed frames were applied to the state (metrics, change feed, checkpoint pacing). */
export type Applied = { readonly type: "applied"; readonly firstLsn: number; readonly lastLsn: number };

/** The START record of this generation is committed by the whole ack set. */
export type Established = { readonly type: "established"; readonly generation: number };

/** This node leads a generation it did not start in this run: it needs the next one. */
export type ProposeRestart = {
  readonly type: "propose_restart";
  readonly operationId: string;
  readonly expectedGeneration: number;
  readonly generation: number;
  readonly startLsn: number;
};
