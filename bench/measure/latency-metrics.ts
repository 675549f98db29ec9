import type { LatencyHistogram } from "./latency-histogram.ts";

/** The percentiles every load is reported with. */
export function latencyMetrics(latency: LatencyHistogram): Record<string, number> {
  return {
    p50Ms: latency.percentileMs(50),
    p99Ms: latency.percentileMs(99),
    p999Ms: latency.percentileMs(99.9),
    maxMs: latency.maxMs,
  };
}
