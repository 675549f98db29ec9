import { create } from "@bufbuild/protobuf";
import type { Backoff } from "../../common/backoff.ts";
import type { Clock } from "../../common/clock.ts";
import type { Log } from "../../common/log/log.ts";
import type { RpcChannel } from "../../common/rpc/channel.ts";
import type { ResponseStream } from "../../common/rpc/response-stream.ts";
import {
  GetShardMapRequestSchema,
  MetadataService,
  type WatchShardMapResponse,
  WatchShardMapRequestSchema,
} from "../../proto/gen/harborpoint/metadata/v1/metadata_pb.ts";
import { partsOfMap } from "./map-messages.ts";
import type { ShardDirectory } from "./shard-directory.ts";

/** The metadata service beats every second: after three missed beats the stream is rebuilt. */
const SILENCE_MS_MAX = 3_000;
/** Longest wait for a map that was asked for out of turn. */
const REFRESH_MS_MAX = 1_000;
/** Shortest time between two such questions: many shards notice one failover at once. */
const REFRESH_PAUSE_MS = 20;

/** What the watch is made of. */
export type MapWatchParts = {
  readonly watcherId: string;
  readonly channel: RpcChannel;
  readonly directory: ShardDirectory;
  readonly clock: Clock;
  readonly log: Log;
  readonly backoff: Backoff;
};

/**
 * Keeps the shard map current over one stream from the metadata service, which is rebuilt when it
 * breaks or falls silent; while it is down the last map stays in force. Driven by {@link tick}.
 */
export class MapWatch {
  readonly #parts: MapWatchParts;
  #stream: ResponseStream | undefined;
  #heardMs: number;
  #reopenAtMs = Number.NEGATIVE_INFINITY;
  #refreshing = false;
  #refreshedMs = Number.NEGATIVE_INFINITY;
  #closed = false;

  constructor(parts: MapWatchParts) {
    this.#parts = parts;
    this.#heardMs = parts.clock.monotonicMs();
  }

  /** Milliseconds since the metadata service was last heard of. */
  get silenceMs(): number {
    return this.#parts.clock.monotonicMs() - this.#heardMs;
  }

  /** Called every few milliseconds. */
  tick(nowMs: number): void {
    if (this.#closed) return;
    if (this.#stream === undefined) {
      if (nowMs >= this.#reopenAtMs) this.#open(nowMs);
    } else if (nowMs - this.#heardMs > SILENCE_MS_MAX) this.#rebuild();
  }

  /** Asks for the map out of turn; a question that is already out serves for this one too. */
  refresh(): void {
    const nowMs = this.#parts.clock.monotonicMs();
    if (this.#refreshing || this.#closed || nowMs - this.#refreshedMs < REFRESH_PAUSE_MS) return;
    this.#refreshing = true;
    this.#refreshedMs = nowMs;
    void this.#fetch().finally(() => {
      this.#refreshing = false;
    });
  }

  close(): void {
    this.#closed = true;
    this.#stream?.cancel();
  }

  async #fetch(): Promise<void> {
    const { channel, directory, log } = this.#parts;
    try {
      const { shardMap } = await channel.unary(
        MetadataService.method.getShardMap,
        create(GetShardMapRequestSchema),
        { deadlineMs: REFRESH_MS_MAX, foreignReason: "METADATA_UNAVAILABLE" },
      );
      this.#heardMs = this.#parts.clock.monotonicMs();
      directory.apply(partsOfMap(shardMap));
    } catch (error) {
      log.warn("shard_map_refresh_failed", { error });
    }
  }

  #open(nowMs: number): void {
    const { channel, watcherId } = this.#parts;
    // The silence of an earlier stream is not this one's.
    this.#heardMs = nowMs;
    const stream = channel.serverStream(
      MetadataService.method.watchShardMap,
      create(WatchShardMapRequestSchema, { watcherId }),
      { onMessage: (message) => this.#take(message), onClose: (error) => this.#lose(stream, error) },
      { foreignReason: "METADATA_UNAVAILABLE" },
    );
    this.#stream = stream;
  }

  #take(message: WatchShardMapResponse): void {
    const { backoff, clock, directory } = this.#parts;
    backoff.reset();
    this.#heardMs = clock.monotonicMs();
    if (message.full !== undefined) directory.apply(partsOfMap(message.full));
    const { changedShards: shards, changedNodes: nodes } = message;
    directory.apply({ clusterId: undefined, shards, nodes });
  }

  #rebuild(): void {
    this.#parts.log.warn("metadata_silent", { silenceMs: this.silenceMs });
    this.#stream?.cancel();
    this.#parts.channel.rebuild();
  }

  #lose(stream: ResponseStream, error: unknown): void {
    if (this.#closed || this.#stream !== stream) return;
    this.#stream = undefined;
    const { backoff, clock, log } = this.#parts;
    const pauseMs = backoff.nextMs();
    this.#reopenAtMs = clock.monotonicMs() + pauseMs;
    log.warn("shard_map_watch_lost", { pauseMs, error });
  }
}
