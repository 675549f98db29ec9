import type { NodeInfo, ShardConfig } from "../../proto/gen/harborpoint/metadata/v1/metadata_pb.ts";

/** A later generation, or the word that the known one is established. */
function isNews(config: ShardConfig, known: ShardConfig | undefined): boolean {
  if (known === undefined || config.generation > known.generation) return true;
  return config.generation === known.generation && config.established && !known.established;
}

/**
 * What this node knows of the cluster: the newest configuration of every shard and where the nodes
 * are. Invariant: the generation of a shard never goes back.
 */
export class ClusterMap {
  readonly #region: string;
  readonly #shards = new Map<number, ShardConfig>();
  readonly #nodes = new Map<string, NodeInfo>();

  /** @param region region this node stands in: others may have an address of their own for it */
  constructor(region: string) {
    this.#region = region;
  }

  /** Takes configurations, the newest of each shard wins. @returns those that say something new */
  takeShards(configs: readonly ShardConfig[]): ShardConfig[] {
    const news = configs.filter((config) => isNews(config, this.#shards.get(config.shardId)));
    for (const config of news) this.#shards.set(config.shardId, config);
    return news;
  }

  /** Takes new or changed nodes. */
  takeNodes(nodes: readonly NodeInfo[]): void {
    for (const node of nodes) this.#nodes.set(node.nodeId, node);
  }

  /** Newest known configuration of a shard. */
  shard(shardId: number): ShardConfig | undefined {
    return this.#shards.get(shardId);
  }

  /** Region of a node; "" when it is not known. */
  readonly regionOf = (nodeId: string): string => this.#nodes.get(nodeId)?.region ?? "";

  /** Address at which this node reaches another; undefined when it is not known. */
  addressOf(nodeId: string): string | undefined {
    const node = this.#nodes.get(nodeId);
    return node?.addressByRegion[this.#region] ?? node?.address;
  }
}
