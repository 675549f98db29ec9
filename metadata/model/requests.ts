import type { ShardId } from "../../common/units.ts";
import type { Change } from "./changes.ts";
import type { PublishedGeneration } from "./configuration.ts";
import type { ProposeConfiguration } from "./configuration-register.ts";
import type { IssuerPlacement } from "./issuer-directory.ts";
import type { PlaceIssuer } from "./issuer-placement.ts";
import type { ShardHeartbeat } from "./liveness.ts";
import type { NodeRecord } from "./node-record.ts";
import type { RegisterNode } from "./node-registry.ts";
import type { SealAnswer, SealCommand } from "./operations/operation.ts";
import type { Switchover, SwitchoverPlan } from "./operations/switchover.ts";
import type { Refusal } from "./refusal.ts";

/** A sign of life. */
export type KeepAlive = {
  readonly nodeId: string;
  readonly bootId: string;
  readonly shards: readonly ShardHeartbeat[];
};

/** A shard's leader recorded an issuer. */
export type ConfirmIssuer = {
  readonly issuerId: string;
  /** ISO 4217 code it recorded. */
  readonly currency: string;
};

/** Everything that can change the metadata, and what is answered. */
export type Exchanges = {
  /** Answered with the node as it is known now. */
  readonly register_node: { readonly request: RegisterNode; readonly answer: NodeRecord };
  /**
   * Answered with the shards whose generation is above the one the node named, and those of which
   * it has this service's lease from the moment it spoke.
   */
  readonly keep_alive: {
    readonly request: KeepAlive;
    readonly answer: {
      readonly newer: readonly PublishedGeneration[];
      readonly leasedShardIds: readonly ShardId[];
    };
  };
  /** Answered with the generation in force; it is the proposed one iff its operation id is. */
  readonly propose_configuration: {
    readonly request: ProposeConfiguration;
    readonly answer: PublishedGeneration;
  };
  readonly place_issuer: { readonly request: PlaceIssuer; readonly answer: IssuerPlacement };
  readonly confirm_issuer: { readonly request: ConfirmIssuer; readonly answer: IssuerPlacement };
  /** Time passed; never refused. */
  readonly tick: { readonly request: object; readonly answer: object };
  /** A node answered a seal; never refused. */
  readonly seal_answered: { readonly request: SealAnswer; readonly answer: object };
  readonly switchover: { readonly request: Switchover; readonly answer: SwitchoverPlan };
};

/** Name of a kind of request. */
export type RequestKind = keyof Exchanges;

/** A request of one kind, or of any. */
export type MetadataRequest<K extends RequestKind = RequestKind> = K extends RequestKind
  ? { readonly kind: K } & Exchanges[K]["request"]
  : never;

/** What watchers of the shard map must hear. */
export type Announcement = {
  readonly shards: readonly PublishedGeneration[];
  readonly nodes: readonly NodeRecord[];
};

/** Outcome of one request. The answer may leave only after the changes are on stable storage. */
export type Step<K extends RequestKind = RequestKind> = {
  readonly answer: Exchanges[K]["answer"] | Refusal;
  /** To be persisted together, in this order; empty when nothing durable changed. */
  readonly changes: readonly Change[];
  /** To be told to watchers once the changes are persisted. */
  readonly announcement: Announcement;
  /** Questions to nodes, to be asked once the changes are persisted; their answers come as requests. */
  readonly commands: readonly SealCommand[];
};
