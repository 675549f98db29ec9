import type { GaugeSeries, Metrics } from "../common/metrics/metrics.ts";
import type { Service } from "../common/service.ts";
import type { Finding } from "./model/finding.ts";
import { clusterProblems } from "./model/problems.ts";
import { HEARTBEAT_MS, type ShardMapFeed } from "./rpc/shard-map-feed.ts";
import type { EngineDriver } from "./engine-driver.ts";

/** Parts of a pulse. */
export interface PulseParts {
  readonly driver: EngineDriver;
  readonly feed: ShardMapFeed;
  readonly metrics: Metrics;
  readonly regions: readonly string[];
  readonly warnings: readonly Finding[];
}

/** What happens every second: watchers hear that the service lives, gauges are brought up to date. */
export class Pulse implements Service {
  readonly name = "pulse";
  readonly #parts: PulseParts;
  readonly #watchers: GaugeSeries;
  #timer: NodeJS.Timeout | undefined;

  constructor(parts: PulseParts) {
    this.#parts = parts;
    this.#watchers = parts.metrics.gauge("harborpoint_shard_map_watchers", {});
  }

  async run(): Promise<void> {
    this.#timer = setInterval(() => this.#beat(), HEARTBEAT_MS);
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
  }

  #beat(): void {
    this.#parts.feed.heartbeat();
    this.#watchers.set(this.#parts.feed.watcherCount);
    this.#countProblems();
    this.#countNodes();
  }

  #countProblems(): void {
    const { driver, metrics, warnings } = this.#parts;
    const problems = clusterProblems(driver.engine, warnings, driver.now());
    for (const severity of ["WARNING", "CRITICAL"] as const) {
      const count = problems.filter((problem) => problem.severity === severity).length;
      metrics.gauge("harborpoint_problems", { severity }).set(count);
    }
  }

  #countNodes(): void {
    const { driver, metrics, regions } = this.#parts;
    const { state, liveness } = driver.engine;
    const nowMs = driver.now().monotonicMs;
    const alive = [...state.nodes.values()].filter(({ nodeId }) => liveness.isAlive(nodeId, nowMs));
    for (const region of regions) {
      const count = alive.filter((node) => node.region === region).length;
      metrics.gauge("harborpoint_nodes_alive", { region }).set(count);
    }
  }
}
