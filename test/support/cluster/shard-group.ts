import type { HarborpointClient } from "../../../client/index.ts";
import type { ShardConfig } from "../../../proto/gen/harborpoint/metadata/v1/metadata_pb.ts";

/** Who holds a shard now. */
export interface ShardGroup {
  readonly shardId: number;
  readonly generation: number;
  readonly homeRegion: string;
  readonly leader: string;
  /** The other member of the ack set. */
  readonly syncPeer: string;
  /** The node abroad whose progress counts. */
  readonly remote: string;
  readonly replicas: readonly string[];
  /** Whether the leader has begun its generation. */
  readonly isEstablished: boolean;
}

/** The first shard at home in a region. */
export async function shardAtHome(client: HarborpointClient, region: string): Promise<ShardGroup> {
  return findGroup(client, ({ homeRegion }) => homeRegion === region);
}

/** A shard by its id, as it stands now. */
export async function shardById(client: HarborpointClient, shardId: number): Promise<ShardGroup> {
  return findGroup(client, (config) => config.shardId === shardId);
}

async function findGroup(
  client: HarborpointClient,
  fits: (config: ShardConfig) => boolean,
): Promise<ShardGroup> {
  const shards = await client.cluster.listShards();
  const config = shards.map((shard) => shard.config).find((found) => found !== undefined && fits(found));
  if (config === undefined) throw new Error("there is no such shard");
  const { shardId, generation, homeRegion, leader, ackSet, remote, replicas, established } = config;
  const syncPeer = ackSet.find((member) => member !== leader) ?? "";
  return {
    shardId,
    generation: Number(generation),
    homeRegion,
    leader,
    syncPeer,
    remote,
    replicas,
    isEstablished: established,
  };
}
