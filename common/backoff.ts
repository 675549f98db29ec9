import { assert } from "./assert.ts";
import type { Random } from "./random.ts";

/** Bounds of the pauses between attempts. */
export interface BackoffBounds {
  /** Upper bound of the first pause, in milliseconds. */
  readonly minMs: number;
  /** Upper bound of every pause, in milliseconds. */
  readonly maxMs: number;
}

/**
 * Pauses between attempts: the bound doubles from minMs to maxMs, each pause is drawn from the upper
 * half below it, so that callers who failed together do not come back together.
 */
export class Backoff {
  readonly #bounds: BackoffBounds;
  readonly #random: Random;
  #boundMs: number;

  constructor(bounds: BackoffBounds, random: Random) {
    assert(bounds.minMs > 0 && bounds.minMs <= bounds.maxMs, "backoff needs 0 < minMs ≤ maxMs");
    this.#bounds = bounds;
    this.#random = random;
    this.#boundMs = bounds.minMs;
  }

  /** The next pause in milliseconds: boundMs/2 ≤ pause ≤ boundMs ≤ maxMs. */
  nextMs(): number {
    const pauseMs = this.#boundMs * (0.5 + this.#random.fraction() / 2);
    this.#boundMs = Math.min(this.#bounds.maxMs, this.#boundMs * 2);
    return pauseMs;
  }

  /** An attempt succeeded: the next pause is short again. */
  reset(): void {
    this.#boundMs = this.#bounds.minMs;
  }
}
