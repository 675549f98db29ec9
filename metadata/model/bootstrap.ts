import type { ConfigurationPublished } from "./changes.ts";
import type { NodeRecord } from "./node-record.ts";
import { type PlacementRefused, placeShards, type ShardGroup } from "./placement.ts";

/** Shape of a new cluster. */
export type ClusterShape = {
  /** In the order in which shards get their homes. */
  readonly regions: readonly string[];
  /** Number of shards; fixed for the life of the cluster. */
  readonly shardCount: number;
  /** Nodes every region must have before the shards are placed. */
  readonly nodesPerRegion: number;
};

/**
 * Places every shard of a new cluster, or says what is still missing.
 * @param nodes nodes that are alive
 */
export function planBootstrap(
  shape: ClusterShape,
  nodes: readonly NodeRecord[],
): readonly ShardGroup[] | PlacementRefused {
  for (const region of shape.regions) {
    const count = nodes.filter((node) => node.region === region).length;
    if (count < shape.nodesPerRegion) {
      return { impossible: `region ${region} has ${count} of ${shape.nodesPerRegion} nodes` };
    }
  }
  return placeShards(shape.shardCount, shape.regions, nodes);
}

/**
 * Makes the first generation of every shard.
 * @param groups one per shard, by shard id
 * @param newId makes UUIDs
 */
export function firstGenerations(
  groups: readonly ShardGroup[],
  newId: () => string,
  publishTimeMs: number,
): readonly ConfigurationPublished[] {
  return groups.map((group, shardId) => ({
    kind: "configuration_published",
    config: {
      ...group,
      shardId,
      generation: 1,
      incarnation: newId(),
      startLsn: 1,
      changeKind: "BOOTSTRAP",
      operationId: newId(),
    },
    publishTimeMs,
  }));
}
