import { readFileSync } from "node:fs";

/** What a process has used so far. */
export interface ProcessUsage {
  /** Processor time of all its threads, seconds. */
  readonly cpuSeconds: number;
  /** Memory it holds now. */
  readonly rssBytes: number;
}

/** Linux reports times in hundredths of a second to everybody (USER_HZ), whatever the kernel's own tick. */
const TICKS_PER_SECOND = 100;
const PAGE_BYTES = 4096;

/** Fields of /proc/PID/stat behind the name, see proc(5). */
const USER_TICKS = 11;
const SYSTEM_TICKS = 12;
const RESIDENT_PAGES = 21;

/** Reads a line of /proc/PID/stat; the name in it may contain anything. */
export function parseProcessUsage(stat: string): ProcessUsage {
  const fields = stat
    .slice(stat.lastIndexOf(")") + 2)
    .split(" ")
    .map(Number);
  return {
    cpuSeconds: (fields[USER_TICKS] + fields[SYSTEM_TICKS]) / TICKS_PER_SECOND,
    rssBytes: fields[RESIDENT_PAGES] * PAGE_BYTES,
  };
}

/** Usage of a process; undefined when it is gone or the system does not tell. */
export function readProcessUsage(pid: number): ProcessUsage | undefined {
  try {
    return parseProcessUsage(readFileSync(`/proc/${pid}/stat`, "utf8"));
  } catch {
    return undefined;
  }
}
