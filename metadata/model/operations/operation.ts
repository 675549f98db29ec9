import type { Generation, Lsn, ShardId } from "../../../common/units.ts";

/**
 * Why a configuration changes. FAILOVER: the leader is gone or cannot acknowledge. SWITCHOVER: an
 * operator wants another leader. ACK_SET: a member of the ack set is gone, or back.
 */
export type OperationKind = "FAILOVER" | "SWITCHOVER" | "ACK_SET";

/**
 * How far an operation is. SEAL: members are asked for their promise and the end of their log.
 * FENCE: the next leader and the cut are chosen, the last leader may still hold grants. ESTABLISH:
 * the generation is published and has to be started. DONE: it is established.
 */
export type OperationPhase = "SEAL" | "FENCE" | "ESTABLISH" | "DONE";

/** Who is to do what in the next generation. */
export type NextGroup = {
  readonly leader: string;
  readonly ackSet: readonly string[];
  readonly remote: string;
  readonly replicas: readonly string[];
};

/** End of the log of a node that promised the operation's generation. */
export type SealedLog = {
  readonly nodeId: string;
  /** Generation that created the last frame; 0 when the log is empty. */
  readonly endGeneration: Generation;
  /** Highest durable LSN. */
  readonly endLsn: Lsn;
};

/**
 * One change of one shard's configuration, as journaled. Everything a successor of this process
 * needs to go on is in here.
 *
 * Invariants: at most one operation of a shard is open; it is never given up, because a promise once
 * asked for may have been made; `startLsn` is known exactly in FENCE, ESTABLISH and DONE.
 */
export type Operation = {
  /** UUID. */
  readonly operationId: string;
  readonly shardId: ShardId;
  readonly kind: OperationKind;
  /** One sentence for people. */
  readonly reason: string;
  /** Generation in force when it was opened. */
  readonly fromGeneration: Generation;
  readonly phase: OperationPhase;
  /** Counts from 1; every attempt publishes at most one generation. */
  readonly attempt: number;
  /** UUID under which this attempt publishes. */
  readonly publicationId: string;
  /** Generation the members promise and this attempt publishes. */
  readonly generation: Generation;
  /** What is aimed at in SEAL, what is or will be published afterwards. */
  readonly group: NextGroup;
  readonly seals: readonly SealedLog[];
  /** First LSN of the next generation, the cut plus one. */
  readonly startLsn: Lsn | undefined;
  /** Unix milliseconds. */
  readonly openTimeMs: number;
  /** Unix milliseconds; undefined while it is open. */
  readonly closeTimeMs: number | undefined;
};

/** What an operation wants from a node: its promise and the end of its log. Repeated until answered. */
export type SealCommand = {
  readonly kind: "seal";
  readonly nodeId: string;
  readonly shardId: ShardId;
  readonly operationId: string;
  readonly generation: Generation;
};

/** A node's answer to a {@link SealCommand}, given only once its promise is durable. */
export type SealAnswer = {
  readonly shardId: ShardId;
  readonly operationId: string;
  readonly nodeId: string;
  /** Generation it was asked for. */
  readonly generation: Generation;
  /** Highest generation it has promised; above the one asked for, it refused. */
  readonly promisedGeneration: Generation;
  readonly endGeneration: Generation;
  readonly endLsn: Lsn;
  /** Milliseconds for which it still stands by a grant it gave, counted from its answer. */
  readonly grantRemainingMs: number;
};
