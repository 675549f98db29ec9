import type { Generation, ShardId } from "../../common/units.ts";
import type { ShardConfig } from "./configuration.ts";
import type { NodeRecord } from "./node-record.ts";
import type { Operation } from "./operations/operation.ts";

/** A node registered: new, moved to another address, or in a new run of its process. */
export type NodeRegistered = { readonly kind: "node_registered"; readonly node: NodeRecord };

/** A shard's next generation came into force. */
export type ConfigurationPublished = {
  readonly kind: "configuration_published";
  readonly config: ShardConfig;
  /** Unix milliseconds. */
  readonly publishTimeMs: number;
};

/** The generation in force was established: its START record is committed by the whole ack set. */
export type GenerationEstablished = {
  readonly kind: "generation_established";
  readonly shardId: ShardId;
  readonly generation: Generation;
  /** Unix milliseconds. */
  readonly establishTimeMs: number;
};

/** An issuer got its shard, for good. */
export type IssuerPlaced = {
  readonly kind: "issuer_placed";
  readonly issuerId: string;
  readonly shardId: ShardId;
  readonly homeRegion: string;
  /** ISO 4217 code as first asked for. */
  readonly currency: string;
};

/** The shard's leader holds the issuer in its log. */
export type IssuerRecorded = {
  readonly kind: "issuer_recorded";
  readonly issuerId: string;
  /** ISO 4217 code the leader recorded. */
  readonly currency: string;
};

/** An operation was opened, took a step or was closed: how it stands now. */
export type OperationChanged = { readonly kind: "operation_changed"; readonly operation: Operation };

/**
 * One durable fact. The state is exactly what applying all facts in order gives, so a restart
 * replays the same facts that the live service applied.
 */
export type Change =
  | NodeRegistered
  | ConfigurationPublished
  | GenerationEstablished
  | IssuerPlaced
  | IssuerRecorded
  | OperationChanged;
