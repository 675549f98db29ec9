import { expect } from "../scenario.ts";

/**
 * What the protocol promises an in-region change: two seconds of suspicion, grants of 4.24 s that
 * have to run out, and the start of the next generation.
 */
export const IN_REGION_SECONDS_MAX = 8;

/** A change that everybody takes part in, and the WAN round trips of those who have to hear of it. */
export const PLANNED_SECONDS_MAX = 3;

/** A shard was without writes for no longer than promised. */
export function expectWithin(seconds: number, secondsMax: number): void {
  expect(seconds <= secondsMax, `${seconds.toFixed(1)} s without writes instead of ${secondsMax}`);
}
