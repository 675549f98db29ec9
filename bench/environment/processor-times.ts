import { readFileSync } from "node:fs";

/** Time all processors have spent since the machine started, in ticks. */
export interface ProcessorTimes {
  readonly total: number;
  readonly idle: number;
  /** Taken by other guests of the host. */
  readonly steal: number;
}

/** Where the processors' time went during a run, as shares. */
export interface ProcessorShares {
  readonly idle: number;
  readonly steal: number;
}

/** Columns of the `cpu` line of /proc/stat, see proc(5). */
const IDLE = 3;
const IOWAIT = 4;
const STEAL = 7;
/** Guest time is contained in user time. */
const COUNTED_COLUMNS = 8;

/** Reads the first line of /proc/stat; undefined when it is none. */
export function parseProcessorTimes(text: string): ProcessorTimes | undefined {
  const [line = ""] = text.split("\n", 1);
  if (!line.startsWith("cpu ")) return undefined;
  const columns = line
    .trim()
    .split(/\s+/)
    .slice(1, 1 + COUNTED_COLUMNS)
    .map(Number);
  const total = columns.reduce((sum, ticks) => sum + ticks, 0);
  return { total, idle: columns[IDLE] + columns[IOWAIT], steal: columns[STEAL] };
}

/** Times now; undefined where the system has no /proc/stat. */
export function readProcessorTimes(): ProcessorTimes | undefined {
  try {
    return parseProcessorTimes(readFileSync("/proc/stat", "utf8"));
  } catch {
    return undefined;
  }
}

/** Where the time between two readings went; undefined when one is missing or no time has passed. */
export function processorShares(
  before: ProcessorTimes | undefined,
  after: ProcessorTimes | undefined,
): ProcessorShares | undefined {
  if (before === undefined || after === undefined || after.total <= before.total) return undefined;
  const ticks = after.total - before.total;
  return { idle: (after.idle - before.idle) / ticks, steal: (after.steal - before.steal) / ticks };
}
