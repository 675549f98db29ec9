import type { Log } from "../../common/log/log.ts";
import type { ShardConfig } from "../../proto/gen/harborpoint/metadata/v1/metadata_pb.ts";
import { type NodePlacement, ShardMap, type ShardPlacement } from "../placement/shard-map.ts";
import { type MapParts, nodePlacement, shardPlacement } from "./map-messages.ts";

/** Hears of what changed in the shard map. Must not throw. */
export interface MapListener {
  shardPlaced?(shard: ShardPlacement): void;
  nodePlaced?(node: NodePlacement): void;
}

/** One caller that waits for a newer configuration. */
type Waiter = { readonly shardId: number; readonly generation: number; readonly resolve: () => void };

/** The shard map of this process, fed from every message that carries a part of it. */
export class ShardDirectory {
  readonly #map = new ShardMap();
  readonly #region: string;
  readonly #log: Log;
  readonly #listeners: MapListener[] = [];
  readonly #waiters = new Set<Waiter>();

  constructor(region: string, log: Log) {
    this.#region = region;
    this.#log = log;
  }

  /** Whether the shard map is known. */
  get known(): boolean {
    return this.#map.known;
  }

  shard(shardId: number): ShardPlacement | undefined {
    return this.#map.shard(shardId);
  }

  node(nodeId: string): NodePlacement | undefined {
    return this.#map.node(nodeId);
  }

  shards(): readonly ShardPlacement[] {
    return [...this.#map.shards()];
  }

  /** Tells a listener of every later change. */
  listen(listener: MapListener): void {
    this.#listeners.push(listener);
  }

  /** Takes parts of the map over; nothing of another cluster's, and nothing older than what is known. */
  apply({ clusterId, shards, nodes }: MapParts): void {
    if (clusterId !== undefined && !this.#map.belongTo(clusterId)) {
      this.#log.error("shard_map_of_another_cluster", { clusterId, ours: this.#map.clusterId });
      return;
    }
    // Nodes first: whoever hears of a shard will look for its leader.
    for (const info of nodes) {
      const node = nodePlacement(info, this.#region);
      if (this.#map.placeNode(node)) for (const listener of this.#listeners) listener.nodePlaced?.(node);
    }
    for (const config of shards) this.applyShard(config);
  }

  /** Takes one configuration over if it is newer than the known one. */
  applyShard(config: ShardConfig): void {
    const shard = shardPlacement(config);
    if (!this.#map.placeShard(shard)) return;
    const { shardId, generation, leader } = shard;
    this.#log.info("shard_placed", { shardId, generation, leader });
    for (const listener of this.#listeners) listener.shardPlaced?.(shard);
    for (const waiter of this.#waiters) {
      if (waiter.shardId === shardId && waiter.generation < generation) waiter.resolve();
    }
  }

  /** Waits until a configuration newer than a generation is known, but not longer than a pause. */
  async newerThan(shardId: number, generation: number, pauseMs: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const waiter = { shardId, generation, resolve };
    const timer = setTimeout(resolve, pauseMs);
    this.#waiters.add(waiter);
    await promise;
    clearTimeout(timer);
    this.#waiters.delete(waiter);
  }
}
