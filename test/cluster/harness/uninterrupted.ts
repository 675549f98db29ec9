import type { Stretch } from "../checks/time-without-writes.ts";
import { expect } from "../scenario.ts";
import type { Experiment } from "./experiment.ts";

/** Fewer would be an interruption by another name. */
const WRITES_MIN = 20;

/**
 * A shard was written to all along a stretch: it may falter for less than half of it, which leaves
 * room for a machine that is busy with the fault itself.
 * @param stretch several seconds long
 */
export function expectUninterrupted(experiment: Experiment, shardId: number, stretch: Stretch): void {
  const writes = experiment.writes(shardId, stretch);
  expect(writes >= WRITES_MIN, `only ${writes} writes went on`);
  const gapSeconds = experiment.secondsWithoutWrites(shardId);
  const halfSeconds = (stretch.toMs - stretch.fromMs) / 2000;
  expect(gapSeconds < halfSeconds, `writes stood still for ${gapSeconds.toFixed(1)} s`);
}
