import { create } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import {
  ChangeKind,
  type LineageEntry,
  LineageEntrySchema,
  type NodeInfo,
  NodeInfoSchema,
  type RegionInfo,
  type ShardConfig,
  ShardConfigSchema,
  type ShardMap,
  ShardMapSchema,
} from "../../proto/gen/harborpoint/metadata/v1/metadata_pb.ts";
import type { PublishedGeneration } from "../model/configuration.ts";
import type { Moment } from "../model/liveness.ts";
import type { MetadataEngine } from "../model/metadata-engine.ts";
import type { NodeRecord } from "../model/node-record.ts";

/** What of the shard map stands outside the engine. */
export interface ClusterFrame {
  readonly clusterId: string;
  readonly regions: readonly RegionInfo[];
}

/** The whole map as of now. */
export function shardMapMessage(engine: MetadataEngine, { clusterId, regions }: ClusterFrame): ShardMap {
  const { nodes, shards } = engine.state;
  return create(ShardMapSchema, {
    clusterId,
    shards: [...shards.values()].map(({ current }) => shardConfigMessage(current)),
    nodes: [...nodes.values()].map((node) => nodeInfoMessage(node, engine.liveness.lastSeen(node.nodeId))),
    regions: [...regions],
  });
}

/** A configuration as published; `established` says whether it serves. */
export function shardConfigMessage({ config, establishTimeMs }: PublishedGeneration): ShardConfig {
  return create(ShardConfigSchema, {
    shardId: config.shardId,
    generation: BigInt(config.generation),
    incarnation: config.incarnation,
    homeRegion: config.homeRegion,
    leader: config.leader,
    ackSet: [...config.ackSet],
    remote: config.remote,
    replicas: [...config.replicas],
    startLsn: BigInt(config.startLsn),
    changeKind: ChangeKind[config.changeKind],
    operationId: config.operationId,
    established: establishTimeMs !== undefined,
  });
}

/** A generation with its times. */
export function lineageEntryMessage(published: PublishedGeneration): LineageEntry {
  const { publishTimeMs, establishTimeMs } = published;
  return create(LineageEntrySchema, {
    config: shardConfigMessage(published),
    publishTime: timestampFromMs(publishTimeMs),
    ...(establishTimeMs !== undefined && { establishTime: timestampFromMs(establishTimeMs) }),
  });
}

/** A node; without a sign of life to this process when there was none. */
export function nodeInfoMessage(node: NodeRecord, lastSeen: Moment | undefined): NodeInfo {
  return create(NodeInfoSchema, {
    ...node,
    addressByRegion: { ...node.addressByRegion },
    ...(lastSeen !== undefined && { lastSeen: timestampFromMs(lastSeen.wallMs) }),
  });
}
