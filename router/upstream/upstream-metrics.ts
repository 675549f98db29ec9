import type { CounterSeries, HistogramSeries, Metrics } from "../../common/metrics/metrics.ts";
import type { ShardDirectory } from "../directory/shard-directory.ts";

/** Counts what happens between this router and the nodes. */
export class UpstreamMetrics {
  readonly resends: CounterSeries;
  readonly linksLost: CounterSeries;
  readonly #home: HistogramSeries;
  readonly #abroad: HistogramSeries;
  readonly #directory: ShardDirectory;
  readonly #region: string;

  constructor(metrics: Metrics, directory: ShardDirectory, region: string) {
    this.resends = metrics.counter("harborpoint_router_resends_total", {});
    this.linksLost = metrics.counter("harborpoint_router_links_lost_total", {});
    this.#home = metrics.histogram("harborpoint_router_upstream_duration_seconds", { hop: "same_region" });
    this.#abroad = metrics.histogram("harborpoint_router_upstream_duration_seconds", { hop: "cross_region" });
    this.#directory = directory;
    this.#region = region;
  }

  /** A node answered a batch after so many milliseconds. */
  answered(nodeId: string, elapsedMs: number): void {
    const isHome = this.#directory.node(nodeId)?.region === this.#region;
    (isHome ? this.#home : this.#abroad).observe(elapsedMs / 1000);
  }
}
