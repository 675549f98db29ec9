import { median, spread } from "../measure/stats.ts";
import type { BenchResult } from "./bench-result.ts";
import { type Direction, directionOf } from "./metric-format.ts";

/** What became of one metric between two sets of runs. */
export interface MetricChange {
  readonly metric: string;
  /** Median of the runs before and after. */
  readonly before: number;
  readonly after: number;
  /** (after − before) / before. */
  readonly change: number;
  readonly verdict: "better" | "worse" | "same";
  /** Largest spread within either set as a share of its median: a change below it is noise. */
  readonly noise: number;
}

/** Compares two sets of runs of the same bench, metric by metric. */
export interface Comparison {
  readonly changes: readonly MetricChange[];
  /** Why the figures may not be comparable; one sentence each. */
  readonly doubts: readonly string[];
}

/** Other guests of the host took this much of the processors: the run says little about the code. */
const STEAL_SHARE_MAX = 0.05;
/** Difference between the disks of two runs that no longer passes for chance. */
const FSYNC_RATIO_MAX = 1.5;

/**
 * @param threshold change that counts, as a share; what is smaller than the noise never counts
 * @throws RangeError when there is nothing to compare, or the runs are of different benches
 */
export function compareResults(
  before: readonly BenchResult[],
  after: readonly BenchResult[],
  threshold: number,
): Comparison {
  const names = new Set([...before, ...after].map(({ bench }) => bench));
  if (before.length === 0 || after.length === 0) throw new RangeError("there is no run to compare");
  if (names.size > 1) throw new RangeError(`these are runs of different benches: ${[...names].join(", ")}`);
  const metrics = Object.keys(before[0].metrics).filter((metric) =>
    [...before, ...after].every((result) => metric in result.metrics),
  );
  const changes = metrics.map((metric) => {
    const valuesOf = (results: readonly BenchResult[]): number[] =>
      results.map((result) => result.metrics[metric]);
    return compareMetric(metric, valuesOf(before), valuesOf(after), threshold);
  });
  return { changes, doubts: doubtsOf(before, after) };
}

function compareMetric(
  metric: string,
  before: readonly number[],
  after: readonly number[],
  threshold: number,
): MetricChange {
  const [from, to] = [median(before), median(after)];
  const change = from === to ? 0 : (to - from) / Math.abs(from);
  const noise = Math.max(spread(before), spread(after));
  const counts = Math.abs(change) > Math.max(threshold, noise);
  return {
    metric,
    before: from,
    after: to,
    change,
    noise,
    verdict: verdictOf(directionOf(metric), change, counts),
  };
}

function verdictOf(direction: Direction, change: number, counts: boolean): MetricChange["verdict"] {
  if (!counts || direction === "neither") return "same";
  return change > 0 === (direction === "higher") ? "better" : "worse";
}

function doubtsOf(before: readonly BenchResult[], after: readonly BenchResult[]): string[] {
  const all = [...before, ...after].map(({ environment }) => environment);
  const doubts: string[] = [];
  for (const key of ["cpu", "cores", "node"] as const) {
    const values = new Set(all.map((environment) => environment[key]));
    if (values.size > 1) doubts.push(`${key} differs: ${[...values].join(", ")}`);
  }
  const fsyncMs = all.map(({ fsyncP50Ms }) => fsyncP50Ms);
  if (Math.max(...fsyncMs) > Math.min(...fsyncMs) * FSYNC_RATIO_MAX)
    doubts.push(`the disks differ: fsync p50 from ${Math.min(...fsyncMs)} to ${Math.max(...fsyncMs)} ms`);
  if (all.some(({ cpuStealShare = 0 }) => cpuStealShare > STEAL_SHARE_MAX))
    doubts.push("in some runs other guests of the host took more than 5 % of the processors");
  if ([...before, ...after].some(({ audit }) => audit === "failed"))
    doubts.push("some runs failed their audit: their figures count for nothing");
  return doubts;
}
