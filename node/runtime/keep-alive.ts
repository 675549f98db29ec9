import { StoreError } from "../../common/errors/store-error.ts";
import type { Clock } from "../../common/clock.ts";
import type { Log } from "../../common/log/log.ts";
import type { ShardConfig, ShardHeartbeat } from "../../proto/gen/harborpoint/metadata/v1/metadata_pb.ts";
import type { MetadataClient } from "./metadata-client.ts";
import type { StopTimer, Timers } from "./timers.ts";

/** How often this node tells the metadata service that it lives, milliseconds. */
const PERIOD_MS = 250; // eight of them fit into the time after which a leader is suspected

/** How long a lease of the metadata service holds, milliseconds; it stands by it 3.23 s. */
const LEASE_MS = 3_000;

/** What signs of life need. */
export type KeepAliveParts = {
  readonly nodeId: string;
  readonly bootId: string;
  readonly client: Pick<MetadataClient, "keepAlive">;
  readonly timers: Timers;
  readonly log: Log;
  /** How the shards do now. */
  readonly heartbeats: () => ShardHeartbeat[];
  readonly clock: Clock;
  /** Hears that the service leases a shard's leadership until a time on the monotonic clock. */
  readonly onLeased: (shardId: number, generation: number, untilMs: number) => void;
  /** Hears configurations newer than what the heartbeats said. */
  readonly onNewer: (configs: ShardConfig[]) => void;
  /** The service no longer knows this run of the node. */
  readonly onForgotten: () => Promise<void>;
};

/** Signs of life, four times a second and at once when something changed; never two under way. */
export class KeepAlive {
  readonly #parts: KeepAliveParts;
  #stopTimer: StopTimer = () => {};
  #isSending = false;
  #isDue = false;
  #isReachable = true;
  #isStopped = false;

  constructor(parts: KeepAliveParts) {
    this.#parts = parts;
  }

  start(): void {
    this.#stopTimer = this.#parts.timers.every(PERIOD_MS, () => this.soon());
    this.soon();
  }

  stop(): void {
    this.#isStopped = true;
    this.#stopTimer();
  }

  /** Sends a sign of life now, or as soon as the one under way is answered. */
  soon(): void {
    this.#isDue = true;
    if (!this.#isSending) void this.#send();
  }

  async #send(): Promise<void> {
    this.#isSending = true;
    while (this.#isDue && !this.#isStopped) {
      this.#isDue = false;
      await this.#sendOnce();
    }
    this.#isSending = false;
  }

  async #sendOnce(): Promise<void> {
    const { client, nodeId, bootId, clock, heartbeats, onLeased, onNewer, onForgotten, log } = this.#parts;
    try {
      const shards = heartbeats();
      // The lease counts from before the question: the service stands by it longer than that.
      const leaseUntilMs = clock.monotonicMs() + LEASE_MS;
      const { newer, leasedShardIds } = await client.keepAlive(nodeId, bootId, shards);
      for (const { shardId, generation } of shards) {
        if (leasedShardIds.includes(shardId)) onLeased(shardId, Number(generation), leaseUntilMs);
      }
      if (!this.#isReachable) log.info("metadata_reachable");
      this.#isReachable = true;
      if (newer.length > 0 && !this.#isStopped) onNewer(newer);
    } catch (error) {
      if (error instanceof StoreError && error.reason === "UNAUTHENTICATED") return onForgotten();
      if (this.#isReachable) log.warn("metadata_unreachable", { problem: (error as Error).message });
      this.#isReachable = false;
    }
  }
}
