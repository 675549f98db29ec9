import type { Clock } from "../../common/clock.ts";
import { LatencyHistogram } from "./latency-histogram.ts";

/** One second of a load. */
export interface TimelinePoint {
  /** Seconds since the measurement began. */
  readonly second: number;
  readonly count: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

/**
 * Counts what was answered between {@link begin} and {@link end}, and how long it took from the
 * moment it was meant to be sent. Warm-up and tail are left out of every figure.
 */
export class LoadRecorder {
  readonly latency = new LatencyHistogram();
  readonly timeline: TimelinePoint[] = [];
  readonly #clock: Clock;
  readonly #second = new LatencyHistogram();
  #beganMs = Number.POSITIVE_INFINITY;
  #endedMs = Number.POSITIVE_INFINITY;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Records answered while it measured. */
  get count(): number {
    return this.latency.count;
  }

  /** Seconds measured so far. */
  get seconds(): number {
    return (Math.min(this.#endedMs, this.#clock.monotonicMs()) - this.#beganMs) / 1000;
  }

  /** Records answered a second. */
  get perSecond(): number {
    return this.count / this.seconds;
  }

  begin(): void {
    this.#beganMs = this.#clock.monotonicMs();
  }

  end(): void {
    this.#endedMs = this.#clock.monotonicMs();
    this.#closeSeconds(Math.round(this.seconds));
  }

  /** `count` records that were meant to be sent at `intendedMs` (monotonic) have their answer now. */
  answered(intendedMs: number, count: number): void {
    const nowMs = this.#clock.monotonicMs();
    if (nowMs < this.#beganMs || nowMs >= this.#endedMs) return;
    this.#closeSeconds(Math.floor((nowMs - this.#beganMs) / 1000));
    const ms = nowMs - intendedMs;
    this.latency.record(ms, count);
    this.#second.record(ms, count);
  }

  /** Writes down every second before the given one; those in which nothing was answered too. */
  #closeSeconds(second: number): void {
    while (this.timeline.length < second) {
      const { count } = this.#second;
      const [p50Ms, p99Ms] = [this.#second.percentileMs(50), this.#second.percentileMs(99)];
      this.timeline.push({ second: this.timeline.length, count, p50Ms, p99Ms });
      this.#second.reset();
    }
  }
}
