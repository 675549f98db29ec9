import type { Clock } from "../common/clock.ts";
import type { GaugeSeries, Metrics } from "../common/metrics/metrics.ts";
import type { Service } from "../common/service.ts";
import type { MapWatch } from "./directory/map-watch.ts";
import type { ShardLanes } from "./upstream/shard-lanes.ts";

/** Deadlines, pauses and watchdogs are kept to this precision, in milliseconds. */
const TICK_MS = 10;

/** What a pulse drives. */
export type PulseParts = {
  readonly watch: MapWatch;
  readonly lanes: ShardLanes;
  readonly clock: Clock;
  readonly metrics: Metrics;
};

/** The one timer of a router: everything that waits for time to pass is told here. */
export class Pulse implements Service {
  readonly name = "pulse";
  readonly #parts: PulseParts;
  readonly #openRows: GaugeSeries;
  readonly #silence: GaugeSeries;
  #timer: NodeJS.Timeout | undefined;

  constructor(parts: PulseParts) {
    this.#parts = parts;
    this.#openRows = parts.metrics.gauge("harborpoint_router_open_rows", {});
    this.#silence = parts.metrics.gauge("harborpoint_router_metadata_silence_seconds", {});
  }

  async run(): Promise<void> {
    this.#tick();
    this.#timer = setInterval(() => this.#tick(), TICK_MS);
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    this.#parts.watch.close();
    this.#parts.lanes.links.close();
  }

  #tick(): void {
    const { clock, watch, lanes } = this.#parts;
    const nowMs = clock.monotonicMs();
    watch.tick(nowMs);
    lanes.tick(nowMs);
    this.#openRows.set(lanes.links.openRows());
    this.#silence.set(watch.silenceMs / 1000);
  }
}
