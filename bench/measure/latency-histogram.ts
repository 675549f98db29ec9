import { build, type Histogram } from "hdr-histogram-js";

/** Ten minutes: longer than any run waits for an answer. */
const MICROS_MAX = 600_000_000;
/** Lines of a printed distribution per halving of the distance to 100 %. */
const TICKS_PER_HALF = 5;

/** One point of a latency curve. */
export interface CurvePoint {
  /** 0 to 100, without the last one, which a logarithmic axis cannot show. */
  readonly percentile: number;
  readonly ms: number;
}

/**
 * Latencies with three significant digits from 1 µs to ten minutes, whatever their number. What is
 * longer counts as ten minutes.
 */
export class LatencyHistogram {
  readonly #micros: Histogram = build({
    bitBucketSize: 32,
    lowestDiscernibleValue: 1,
    highestTrackableValue: MICROS_MAX,
    numberOfSignificantValueDigits: 3,
  });

  /** Adds a latency that `count` records shared. */
  record(ms: number, count = 1): void {
    const micros = Math.min(MICROS_MAX, Math.max(1, Math.round(ms * 1000)));
    this.#micros.recordValueWithCount(micros, count);
  }

  /** Adds everything another histogram holds. */
  add(other: LatencyHistogram): void {
    this.#micros.add(other.#micros);
  }

  reset(): void {
    this.#micros.reset();
  }

  /** Records added. */
  get count(): number {
    return this.#micros.totalCount;
  }

  /** Longest latency, milliseconds; 0 when there is none. */
  get maxMs(): number {
    return this.count === 0 ? 0 : this.#micros.maxValue / 1000;
  }

  /** Latency that `percentile` percent of the records did not exceed, milliseconds; 0 when there is none. */
  percentileMs(percentile: number): number {
    return this.count === 0 ? 0 : this.#micros.getValueAtPercentile(percentile) / 1000;
  }

  /** The distribution in the text format of HdrHistogram's plotters (`.hgrm`), milliseconds. */
  hgrm(): string {
    return this.#micros.outputPercentileDistribution(TICKS_PER_HALF, 1000);
  }

  /** Points of the curve latency by percentile, denser towards the tail, as far as the records reach. */
  curve(): CurvePoint[] {
    const points: CurvePoint[] = [];
    for (let tail = 1; tail * this.count >= 1; tail /= 2 ** (1 / TICKS_PER_HALF)) {
      const percentile = (1 - tail) * 100;
      points.push({ percentile, ms: this.percentileMs(percentile) });
    }
    return points;
  }
}
