import { create } from "@bufbuild/protobuf";
import type { Clock } from "../../common/clock.ts";
import { StoreError } from "../../common/errors/store-error.ts";
import type { ServerStream } from "../../common/rpc/handlers.ts";
import {
  type ShardMap,
  type WatchShardMapResponse,
  WatchShardMapResponseSchema,
} from "../../proto/gen/harborpoint/metadata/v1/metadata_pb.ts";
import type { Liveness } from "../model/liveness.ts";
import type { Announcement } from "../model/requests.ts";
import { nodeInfoMessage, shardConfigMessage } from "./shard-map-messages.ts";
import { ShardMapWatcher } from "./shard-map-watcher.ts";

/** Every node and router watches once; far more than a cluster has. */
const WATCHERS_MAX = 4096;

/** A watcher that took nothing for this long would route by an old map without knowing it. */
const STALLED_MS_MAX = 10_000;

/** How often a watcher hears that nothing happened. */
export const HEARTBEAT_MS = 1000;

/** Tells everyone who watches the shard map, in order and without ever waiting for one of them. */
export class ShardMapFeed {
  readonly #clock: Clock;
  readonly #liveness: Liveness;
  readonly #watchers = new Set<ShardMapWatcher>();

  constructor(clock: Clock, liveness: Liveness) {
    this.#clock = clock;
    this.#liveness = liveness;
  }

  get watcherCount(): number {
    return this.#watchers.size;
  }

  /**
   * Sends the full map, then every change until the stream is over. The promise settles then.
   * Rejects with OVERLOADED when there are too many watchers.
   */
  async watch(full: ShardMap, stream: ServerStream<WatchShardMapResponse>): Promise<void> {
    if (this.#watchers.size >= WATCHERS_MAX) {
      throw new StoreError("OVERLOADED", { message: `${WATCHERS_MAX} watchers are connected already` });
    }
    const watcher = new ShardMapWatcher(stream, this.#clock);
    this.#watchers.add(watcher);
    watcher.send(create(WatchShardMapResponseSchema, { full }));
    await watcher.over;
    this.#watchers.delete(watcher);
  }

  /** Passes a change on to every watcher. */
  announce({ shards, nodes }: Announcement): void {
    const changedShards = shards.map(shardConfigMessage);
    const changedNodes = nodes.map((node) => nodeInfoMessage(node, this.#liveness.lastSeen(node.nodeId)));
    if (changedShards.length + changedNodes.length === 0) return;
    for (const watcher of this.#watchers) watcher.offer(changedShards, changedNodes);
  }

  /** Tells every watcher that the service lives; to be called each {@link HEARTBEAT_MS}. */
  heartbeat(): void {
    const empty = create(WatchShardMapResponseSchema);
    for (const watcher of this.#watchers) {
      if (watcher.stalledMs() > STALLED_MS_MAX) watcher.giveUp();
      else watcher.heartbeat(empty);
    }
  }
}
