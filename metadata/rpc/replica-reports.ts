import { create } from "@bufbuild/protobuf";
import {
  type ReplicaReport,
  ReplicaReportSchema,
  type ShardStatus,
  ShardStatusSchema,
} from "../../proto/gen/harborpoint/admin/v1/admin_pb.ts";
import {
  type ReplicaStatus,
  ReplicaStatusSchema,
} from "../../proto/gen/harborpoint/replication/v1/replication_pb.ts";
import { ReplicaRole } from "../../proto/gen/harborpoint/types/v1/types_pb.ts";
import type { PublishedGeneration, ShardConfig } from "../model/configuration.ts";
import type { Liveness } from "../model/liveness.ts";
import { shardConfigMessage } from "./shard-map-messages.ts";

/** Finds what is known of one replica. */
export type FindStatus = (nodeId: string, shardId: number) => ReplicaStatus | undefined;

/** A shard with one report for each of its replicas, in their order. */
export function shardStatus(published: PublishedGeneration, find: FindStatus): ShardStatus {
  const { shardId, replicas } = published.config;
  return create(ShardStatusSchema, {
    config: shardConfigMessage(published),
    replicas: replicas.map((nodeId) => replicaReport(nodeId, find(nodeId, shardId))),
  });
}

/**
 * What a node's newest heartbeat says of a replica. Positions it does not carry are the lowest ones
 * it implies.
 */
export function statusFromHeartbeat(
  liveness: Liveness,
  config: ShardConfig,
  nodeId: string,
): ReplicaStatus | undefined {
  const heartbeat = liveness.heartbeat(nodeId, config.shardId);
  if (heartbeat === undefined) return undefined;
  return create(ReplicaStatusSchema, {
    shardId: config.shardId,
    role: roleOf(config, nodeId),
    generation: BigInt(heartbeat.generation),
    promisedGeneration: BigInt(heartbeat.promisedGeneration),
    appendedLsn: BigInt(heartbeat.durableLsn),
    durableLsn: BigInt(heartbeat.durableLsn),
    committedLsn: BigInt(heartbeat.committedLsn),
    remoteDurableLsn: BigInt(heartbeat.remoteDurableLsn),
    writable: heartbeat.hasAuthority,
  });
}

function roleOf({ leader, ackSet }: ShardConfig, nodeId: string): ReplicaRole {
  if (nodeId === leader) return ReplicaRole.LEADER;
  return ackSet.includes(nodeId) ? ReplicaRole.SYNC_PEER : ReplicaRole.ASYNC_REPLICA;
}

function replicaReport(nodeId: string, status: ReplicaStatus | undefined): ReplicaReport {
  return create(ReplicaReportSchema, { nodeId, ...(status !== undefined && { status }) });
}
