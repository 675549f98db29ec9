import type {
  NodeInfo,
  ShardConfig,
  ShardMap as ShardMapMessage,
} from "../../proto/gen/harborpoint/metadata/v1/metadata_pb.ts";
import type { NodePlacement, ShardPlacement } from "../placement/shard-map.ts";

/** What a router needs of a shard's configuration. */
export function shardPlacement(config: ShardConfig): ShardPlacement {
  const { shardId, generation, leader, replicas } = config;
  return { shardId, generation: Number(generation), leader, replicas };
}

/** What a router needs of a node, with the address that callers in the router's region dial. */
export function nodePlacement(node: NodeInfo, routerRegion: string): NodePlacement {
  const { nodeId, region, address, addressByRegion } = node;
  return { nodeId, region, address: addressByRegion[routerRegion] ?? address };
}

/** The parts of a map or of a change to it; both kinds of message have them. */
export type MapParts = {
  readonly clusterId: string | undefined;
  readonly shards: readonly ShardConfig[];
  readonly nodes: readonly NodeInfo[];
};

/** The parts of a whole map. */
export function partsOfMap(map: ShardMapMessage | undefined): MapParts {
  return { clusterId: map?.clusterId, shards: map?.shards ?? [], nodes: map?.nodes ?? [] };
}
