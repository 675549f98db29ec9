import { reasonName } from "../../common/errors/reason.ts";
import type { CounterSeries, Metrics } from "../../common/metrics/metrics.ts";

/** Counts the mutations that pass through this router. */
export class WriteMetrics {
  readonly unaryRows: CounterSeries;
  readonly streamRows: CounterSeries;
  readonly #metrics: Metrics;

  constructor(metrics: Metrics) {
    this.#metrics = metrics;
    this.unaryRows = metrics.counter("harborpoint_router_rows_total", { via: "unary" });
    this.streamRows = metrics.counter("harborpoint_router_rows_total", { via: "stream" });
  }

  /** The router answered rows itself. @param counts rows by ErrorReason number */
  refused(counts: ReadonlyMap<number, number>): void {
    for (const [number, rows] of counts) {
      const reason = reasonName(number) ?? "UNSPECIFIED";
      this.#metrics.counter("harborpoint_router_refused_rows_total", { reason }).inc(rows);
    }
  }
}
