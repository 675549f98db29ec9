import type { Generation, Lsn, ShardId } from "../../common/units.ts";

/** How a generation began. LOSSY means that acknowledged records after the cut may be lost. */
export type ChangeKind = "BOOTSTRAP" | "LOSSLESS" | "LOSSY";

/**
 * Who does what for one shard in one generation. Published once, never changed afterwards:
 * (shard, generation) names exactly one of these (I1).
 *
 * Invariants: the ack set contains the leader and never has two members in one zone; the ack set
 * and the remote are among the replicas; the remote stands in another region than the leader.
 */
export type ShardConfig = {
  readonly shardId: ShardId;
  /** At least 1; grows with every change. */
  readonly generation: Generation;
  /** UUID of the shard's life; every generation of it carries the same one. */
  readonly incarnation: string;
  readonly homeRegion: string;
  readonly leader: string;
  /** Nodes that must hold a record durably before it is acknowledged. */
  readonly ackSet: readonly string[];
  /** Node whose progress the recovery gate watches. */
  readonly remote: string;
  /** Every node that holds the shard. */
  readonly replicas: readonly string[];
  /** First LSN of this generation, at least 1. */
  readonly startLsn: Lsn;
  readonly changeKind: ChangeKind;
  /** Operation that published it; the key by which a retried proposal is recognised. */
  readonly operationId: string;
};

/** One generation of a shard's lineage. Times are Unix milliseconds of the metadata service's clock. */
export type PublishedGeneration = {
  readonly config: ShardConfig;
  readonly publishTimeMs: number;
  /** When its START record was known committed by the whole ack set; undefined if it never was. */
  readonly establishTimeMs: number | undefined;
};
