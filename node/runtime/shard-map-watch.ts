import { Backoff } from "../../common/backoff.ts";
import type { Clock } from "../../common/clock.ts";
import type { Log } from "../../common/log/log.ts";
import type { Random } from "../../common/random.ts";
import type { ResponseStream } from "../../common/rpc/response-stream.ts";
import type { WatchShardMapResponse } from "../../proto/gen/harborpoint/metadata/v1/metadata_pb.ts";
import { SilenceWatch } from "../replication/silence-watch.ts";
import type { MetadataClient } from "./metadata-client.ts";
import type { StopTimer, Timers } from "./timers.ts";

/** The service speaks every second; a watch that is silent for this long is begun anew, milliseconds. */
const SILENCE_MS_MAX = 3_000;
/** How often a watch looks whether it is silent or due to begin anew, milliseconds. */
const CHECK_MS = 250;
const RETRY_PAUSE = { minMs: 100, maxMs: 2_000 };

/** What a watch needs. */
export type WatchParts = {
  readonly nodeId: string;
  readonly client: Pick<MetadataClient, "watchShardMap" | "reconnect">;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly random: Random;
  readonly log: Log;
  readonly onNews: (news: WatchShardMapResponse) => void;
};

/** Keeps a watch of the shard map open. What was missed meanwhile comes with the next full map. */
export class ShardMapWatch {
  readonly #parts: WatchParts;
  readonly #backoff: Backoff;
  #stream: ResponseStream | undefined;
  #stopTimer: StopTimer = () => {};
  readonly #silence = new SilenceWatch(SILENCE_MS_MAX);
  #openAtMs = 0;

  constructor(parts: WatchParts) {
    this.#parts = parts;
    this.#backoff = new Backoff(RETRY_PAUSE, parts.random);
  }

  start(): void {
    this.#stopTimer = this.#parts.timers.every(CHECK_MS, () => this.#check());
    this.#check();
  }

  stop(): void {
    this.#stopTimer();
    const stream = this.#stream;
    this.#stream = undefined;
    stream?.cancel();
  }

  #check(): void {
    const nowMs = this.#parts.clock.monotonicMs();
    if (this.#stream === undefined) {
      if (nowMs >= this.#openAtMs) this.#open(nowMs);
      return;
    }
    if (!this.#silence.isTooLong(nowMs)) return;
    this.#parts.client.reconnect();
    this.#lost("silent");
  }

  #open(nowMs: number): void {
    this.#silence.heard(nowMs);
    const stream = this.#parts.client.watchShardMap(this.#parts.nodeId, {
      onMessage: (news) => {
        if (this.#stream === stream) this.#hear(news);
      },
      onClose: (error) => {
        if (this.#stream === stream) this.#lost("ended", error?.message);
      },
    });
    this.#stream = stream;
  }

  #hear(news: WatchShardMapResponse): void {
    this.#silence.heard(this.#parts.clock.monotonicMs());
    this.#backoff.reset();
    this.#parts.onNews(news);
  }

  #lost(cause: "silent" | "ended", problem?: string): void {
    const stream = this.#stream;
    this.#stream = undefined;
    stream?.cancel();
    const pauseMs = this.#backoff.nextMs();
    this.#openAtMs = this.#parts.clock.monotonicMs() + pauseMs;
    this.#parts.log.warn("shard_map_watch_lost", { cause, problem, pauseMs: Math.round(pauseMs) });
  }
}
