import type { Random } from "../common/random.ts";

/**
 * Draws ranks 0 … n − 1 with probability proportional to 1 / (rank + 1)^exponent: a few issuers
 * take most of the traffic, as on a real desk.
 */
export class Zipf {
  /** cumulative[i] = probability of a rank ≤ i; the last one is 1. */
  readonly #cumulative: Float64Array;

  constructor(n: number, exponent: number) {
    const weights = Float64Array.from({ length: n }, (_, rank) => (rank + 1) ** -exponent);
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    let sum = 0;
    this.#cumulative = weights.map((weight) => (sum += weight) / total);
    this.#cumulative[n - 1] = 1;
  }

  /** Probability of a rank. */
  probability(rank: number): number {
    return this.#cumulative[rank] - (rank === 0 ? 0 : this.#cumulative[rank - 1]);
  }

  /** The next rank. */
  draw(random: Random): number {
    const fraction = random.fraction();
    let low = 0;
    let high = this.#cumulative.length - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#cumulative[middle] > fraction) high = middle;
      else low = middle + 1;
    }
    return low;
  }
}
