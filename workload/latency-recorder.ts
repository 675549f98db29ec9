import { build, type Histogram } from "hdr-histogram-js";

/** Quantiles of a stretch of time; milliseconds. */
export interface LatencySummary {
  readonly count: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
}

/** One minute: longer than any call may take. */
const LATENCY_MICROS_MAX = 60_000_000;

/**
 * Latencies since the start and since the last look, three significant digits. They are measured
 * from the moment a request was meant to be sent, so a stalled sender cannot hide its stall.
 */
export class LatencyRecorder {
  readonly #total = newHistogram();
  readonly #recent = newHistogram();

  record(ms: number): void {
    const micros = Math.min(LATENCY_MICROS_MAX, Math.max(1, Math.round(ms * 1000)));
    this.#total.recordValue(micros);
    this.#recent.recordValue(micros);
  }

  /** Everything so far. */
  total(): LatencySummary {
    return summary(this.#total);
  }

  /** Everything since the last call of this method. */
  takeRecent(): LatencySummary {
    const recent = summary(this.#recent);
    this.#recent.reset();
    return recent;
  }
}

function newHistogram(): Histogram {
  return build({
    lowestDiscernibleValue: 1,
    highestTrackableValue: LATENCY_MICROS_MAX,
    numberOfSignificantValueDigits: 3,
  });
}

function summary(histogram: Histogram): LatencySummary {
  const count = histogram.totalCount;
  if (count === 0) return { count, p50Ms: 0, p99Ms: 0, maxMs: 0 };
  return {
    count,
    p50Ms: histogram.getValueAtPercentile(50) / 1000,
    p99Ms: histogram.getValueAtPercentile(99) / 1000,
    maxMs: histogram.maxValue / 1000,
  };
}
