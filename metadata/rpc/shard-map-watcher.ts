import { create } from "@bufbuild/protobuf";
import type { Clock } from "../../common/clock.ts";
import { StoreError } from "../../common/errors/store-error.ts";
import type { ServerStream } from "../../common/rpc/handlers.ts";
import {
  type NodeInfo,
  type ShardConfig,
  type WatchShardMapResponse,
  WatchShardMapResponseSchema,
} from "../../proto/gen/harborpoint/metadata/v1/metadata_pb.ts";

/**
 * One watcher of the shard map. While it takes nothing, what it has to hear is merged: the newest
 * configuration of each shard and the newest record of each node, so the memory it holds is bounded
 * by the size of the map however slow it is.
 */
export class ShardMapWatcher {
  readonly #stream: ServerStream<WatchShardMapResponse>;
  readonly #clock: Clock;
  readonly #shards = new Map<number, ShardConfig>();
  readonly #nodes = new Map<string, NodeInfo>();
  /** Monotonic time since which the stream takes nothing; undefined while it does. */
  #stalledSinceMs: number | undefined;
  /** Settles when the stream is over. */
  readonly over: Promise<void>;

  constructor(stream: ServerStream<WatchShardMapResponse>, clock: Clock) {
    this.#stream = stream;
    this.#clock = clock;
    this.over = new Promise((resolve) => {
      const { signal } = stream.context;
      if (signal.aborted) resolve();
      else signal.addEventListener("abort", () => resolve(), { once: true });
    });
  }

  /** Milliseconds for which the stream has taken nothing; 0 when it does. */
  stalledMs(): number {
    return this.#stalledSinceMs === undefined ? 0 : this.#clock.monotonicMs() - this.#stalledSinceMs;
  }

  /** Adds to what the watcher must hear and sends it as soon as the stream takes it. */
  offer(shards: readonly ShardConfig[], nodes: readonly NodeInfo[]): void {
    for (const config of shards) this.#shards.set(config.shardId, config);
    for (const node of nodes) this.#nodes.set(node.nodeId, node);
    this.#flush();
  }

  /** Sends a heartbeat unless something else is still on its way. */
  heartbeat(empty: WatchShardMapResponse): void {
    if (this.#stalledSinceMs === undefined) this.send(empty);
  }

  /** Sends one message now. */
  send(message: WatchShardMapResponse): void {
    if (this.#stream.write(message)) return;
    this.#stalledSinceMs = this.#clock.monotonicMs();
    void this.#stream.drained().then(() => {
      this.#stalledSinceMs = undefined;
      this.#flush();
    });
  }

  /** Ends the stream of a watcher that does not listen. */
  giveUp(): void {
    this.#stream.end(new StoreError("OVERLOADED", { message: "the watcher does not read its stream" }));
  }

  #flush(): void {
    const isDue = this.#shards.size + this.#nodes.size > 0 && this.#stalledSinceMs === undefined;
    if (!isDue) return;
    const message = create(WatchShardMapResponseSchema, {
      changedShards: [...this.#shards.values()],
      changedNodes: [...this.#nodes.values()],
    });
    this.#shards.clear();
    this.#nodes.clear();
    this.send(message);
  }
}
