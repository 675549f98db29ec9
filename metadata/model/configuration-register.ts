import type { Generation } from "../../common/units.ts";
import type { ConfigurationPublished } from "./changes.ts";
import type { ShardConfig } from "./configuration.ts";
import { brokenRule } from "./configuration-rules.ts";
import type { MetadataState } from "./metadata-state.ts";
import type { Operation } from "./operations/operation.ts";
import { invalid, type Refusal } from "./refusal.ts";

/** A node asks to replace the configuration of a shard it leads. */
export type ProposeConfiguration = {
  /** Generation that must be in force. */
  readonly expectedGeneration: Generation;
  readonly config: ShardConfig;
  /** Node that asks. */
  readonly proposer: string;
};

/** Nothing is published: the caller reads in the answer which configuration is in force. */
export type NotPublished = { readonly kind: "not_published" };

/**
 * Decides a compare-and-set. Of several proposals that expect the same generation exactly one is
 * published. A lost race is no error, and neither is a repeated winner: both learn what is in force.
 *
 * @param highestPromise highest generation any node said it promised for the shard
 */
export function decideProposal(
  state: MetadataState,
  proposal: ProposeConfiguration,
  highestPromise: Generation,
  nowWallMs: number,
): ConfigurationPublished | NotPublished | Refusal {
  const { config, expectedGeneration } = proposal;
  const lineage = state.shards.get(config.shardId);
  if (lineage === undefined) return invalid("config.shard_id", `there is no shard ${config.shardId}`);
  const current = lineage.current.config;
  if (current.operationId === config.operationId) return { kind: "not_published" };
  if (current.generation !== expectedGeneration) return { kind: "not_published" };
  const open = state.operations.open(config.shardId);
  if (open !== undefined) return locked(open);
  const operations = lineage.generations.map((published) => published.config.operationId);
  const refusal =
    brokenSuccession(current, proposal, operations) ??
    brokenPromise(config, highestPromise) ??
    brokenRule(config, state.nodes);
  return refusal ?? { kind: "configuration_published", config, publishTimeMs: nowWallMs };
}

/** Two loops never work on one shard: the proposer learns from the shard map what the operation decides. */
function locked({ shardId, operationId, kind }: Operation): Refusal {
  return {
    refused: "GENERATION_CONFLICT",
    message: `shard ${shardId}: operation ${operationId} (${kind}) is open`,
    metadata: { operationId },
  };
}

/** What a leader may change on its own: ack set, remote and replicas, never the leader itself. */
function brokenSuccession(
  current: ShardConfig,
  { config, proposer }: ProposeConfiguration,
  operations: readonly string[],
): Refusal | undefined {
  if (proposer !== current.leader) {
    return invalid("proposer", `generation ${current.generation} is led by ${current.leader}`);
  }
  if (config.leader !== current.leader) return invalid("config.leader", "a leader cannot pass its shard on");
  if (config.generation <= current.generation) {
    return invalid("config.generation", `must be above ${current.generation}`);
  }
  if (config.changeKind !== "LOSSLESS") return invalid("config.change_kind", "must be LOSSLESS");
  if (config.incarnation !== current.incarnation) {
    return invalid("config.incarnation", `the shard lives as ${current.incarnation}`);
  }
  if (config.homeRegion !== current.homeRegion) {
    return invalid("config.home_region", `the shard is homed in ${current.homeRegion}`);
  }
  if (operations.includes(config.operationId)) {
    return invalid("config.operation_id", "published an earlier generation");
  }
  return undefined;
}

/** A generation below a promise could never be established: the node that promised would refuse it. */
function brokenPromise(config: ShardConfig, highestPromise: Generation): Refusal | undefined {
  if (config.generation >= highestPromise) return undefined;
  return {
    refused: "GENERATION_CONFLICT",
    message: `shard ${config.shardId}: a node has promised generation ${highestPromise}`,
    metadata: { promisedGeneration: String(highestPromise) },
  };
}
