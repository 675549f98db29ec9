/** What a router needs of one shard's configuration. */
export type ShardPlacement = {
  readonly shardId: number;
  readonly generation: number;
  /** Node that leads the shard in this generation. */
  readonly leader: string;
  /** Every node that holds the shard, the leader included. */
  readonly replicas: readonly string[];
};

/** What a router needs of one node. */
export type NodePlacement = {
  readonly nodeId: string;
  readonly region: string;
  /** host:port as callers of this router's region reach it. */
  readonly address: string;
};

/**
 * The router's copy of the shard map. Invariants: it belongs to one cluster for the life of the
 * process, and no shard ever goes back a generation, whatever arrives late or twice.
 */
export class ShardMap {
  #clusterId: string | undefined;
  readonly #shards = new Map<number, ShardPlacement>();
  readonly #nodes = new Map<string, NodePlacement>();

  /** Whether any map has arrived. */
  get known(): boolean {
    return this.#shards.size > 0;
  }

  /** The cluster this map describes; undefined before the first one arrived. */
  get clusterId(): string | undefined {
    return this.#clusterId;
  }

  /** Binds the map to a cluster. @returns false when it is already bound to another one */
  belongTo(clusterId: string): boolean {
    this.#clusterId ??= clusterId;
    return this.#clusterId === clusterId;
  }

  /** Takes a configuration over. @returns false when it is no newer than the known one */
  placeShard(shard: ShardPlacement): boolean {
    const known = this.#shards.get(shard.shardId);
    if (known !== undefined && known.generation >= shard.generation) return false;
    this.#shards.set(shard.shardId, shard);
    return true;
  }

  /** Takes a node over. @returns false when nothing a router cares for has changed */
  placeNode(node: NodePlacement): boolean {
    const known = this.#nodes.get(node.nodeId);
    if (known !== undefined && known.address === node.address && known.region === node.region) return false;
    this.#nodes.set(node.nodeId, node);
    return true;
  }

  shard(shardId: number): ShardPlacement | undefined {
    return this.#shards.get(shardId);
  }

  node(nodeId: string): NodePlacement | undefined {
    return this.#nodes.get(nodeId);
  }

  /** Every shard, in no particular order. */
  shards(): IterableIterator<ShardPlacement> {
    return this.#shards.values();
  }
}
