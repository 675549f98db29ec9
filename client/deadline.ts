import type { Clock } from "../common/clock.ts";

/** The end of a caller's patience: one per call, whatever it takes to answer it. */
export class Deadline {
  readonly atMs: number;
  readonly #clock: Clock;

  constructor(timeoutMs: number, clock: Clock) {
    this.#clock = clock;
    this.atMs = clock.monotonicMs() + timeoutMs;
  }

  /** Milliseconds left, never negative. */
  remainingMs(): number {
    return Math.max(0, this.atMs - this.#clock.monotonicMs());
  }

  /** The smaller of what is left and a bound. */
  cappedMs(boundMs: number): number {
    return Math.min(boundMs, this.remainingMs());
  }
}
