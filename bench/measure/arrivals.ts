import type { Random } from "../../common/random.ts";

/**
 * Moments at which independent callers arrive: exponential gaps, so bursts and lulls come as they do
 * in life. Milliseconds from the start; the same ones for the same randomness.
 */
export function* arrivals(perSecond: number, random: Random): Generator<number, never> {
  let atMs = 0;
  for (;;) {
    atMs += (-Math.log(1 - random.fraction()) * 1000) / perSecond;
    yield atMs;
  }
}
