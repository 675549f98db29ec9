import { type NodeRecord, shareZone } from "./node-record.ts";

/** Who holds one shard in its first generation. */
export type ShardGroup = {
  readonly homeRegion: string;
  readonly leader: string;
  /** The leader and its synchronous peer, in two zones of the home region. */
  readonly ackSet: readonly string[];
  /** In another region. */
  readonly remote: string;
  /** The ack set, the remote and, where the remote's region has a second zone, a spare in it. */
  readonly replicas: readonly string[];
};

/** Says why a group cannot be placed. */
export type PlacementRefused = { readonly impossible: string };

/**
 * Places all shards at once: homes take turns over the regions, leaders over the nodes of a region.
 * Deterministic for the same nodes, whatever their order.
 *
 * @param nodes nodes that may hold a shard now
 * @returns one group per shard, by shard id, or the first reason why it cannot be done
 */
export function placeShards(
  shardCount: number,
  regions: readonly string[],
  nodes: readonly NodeRecord[],
): readonly ShardGroup[] | PlacementRefused {
  const nodesByRegion = regions.map((region) => nodesOf(region, nodes));
  const groups: ShardGroup[] = [];
  for (let shardId = 0; shardId < shardCount; shardId++) {
    const group = placeGroup(shardId, regions, nodesByRegion);
    if ("impossible" in group) return group;
    groups.push(group);
  }
  return groups;
}

function nodesOf(region: string, nodes: readonly NodeRecord[]): readonly NodeRecord[] {
  const inRegion = nodes.filter((node) => node.region === region);
  return inRegion.sort((a, b) => (a.nodeId < b.nodeId ? -1 : 1));
}

function placeGroup(
  shardId: number,
  regions: readonly string[],
  nodesByRegion: readonly (readonly NodeRecord[])[],
): ShardGroup | PlacementRefused {
  if (regions.length < 2) return { impossible: "the remote replica needs a second region" };
  const homeIndex = shardId % regions.length;
  const turn = Math.floor(shardId / regions.length);
  // Over the turns every other region gets its share of a region's remote replicas.
  const abroadIndex = (homeIndex + 1 + (turn % (regions.length - 1))) % regions.length;
  const [leader, peer] = pairInTwoZones(nodesByRegion[homeIndex], turn);
  const [remote, spare] = pairInTwoZones(nodesByRegion[abroadIndex], turn);
  const homeRegion = regions[homeIndex];
  if (leader === undefined) return { impossible: `region ${homeRegion} has no node` };
  if (peer === undefined) {
    return {
      impossible: `region ${homeRegion} has no node outside zone ${leader.zone} of ${leader.nodeId}`,
    };
  }
  if (remote === undefined) return { impossible: `region ${regions[abroadIndex]} has no node` };
  const members = [leader, peer, remote, ...(spare === undefined ? [] : [spare])];
  return {
    homeRegion,
    leader: leader.nodeId,
    ackSet: [leader.nodeId, peer.nodeId],
    remote: remote.nodeId,
    replicas: members.map(({ nodeId }) => nodeId),
  };
}

/** The `turn`-th node of a region and the next one that does not share its zone, as far as there are any. */
function pairInTwoZones(
  nodes: readonly NodeRecord[],
  turn: number,
): readonly [NodeRecord | undefined, NodeRecord | undefined] {
  const start = turn % Math.max(1, nodes.length);
  const ring = [...nodes.slice(start), ...nodes.slice(0, start)];
  const first = ring.at(0);
  return [first, ring.find((node) => first !== undefined && !shareZone(node, first))];
}
