import { readProcessUsage } from "../environment/process-usage.ts";

/** What a process used while it was measured. */
export interface MeteredProcess {
  readonly cpuSeconds: number;
  /** Most memory it was seen to hold. */
  readonly rssBytesMax: number;
}

type Metered = { readonly pid: number; cpuSecondsBefore: number; cpuSeconds: number; rssBytesMax: number };

/** Watches processes from outside: their processor time and memory, without asking them anything. */
export class ProcessMeter {
  readonly #processes: ReadonlyMap<string, Metered>;

  /** @param pids by name */
  constructor(pids: ReadonlyMap<string, number>) {
    const entries = [...pids].map(([name, pid]): [string, Metered] => [
      name,
      { pid, cpuSecondsBefore: 0, cpuSeconds: 0, rssBytesMax: 0 },
    ]);
    this.#processes = new Map(entries);
  }

  /** Starts over. */
  reset(): void {
    for (const metered of this.#processes.values()) {
      const usage = readProcessUsage(metered.pid);
      metered.cpuSecondsBefore = usage?.cpuSeconds ?? 0;
      metered.cpuSeconds = 0;
      metered.rssBytesMax = usage?.rssBytes ?? 0;
    }
  }

  /** Looks at every process; to be called now and then, and at the end. */
  sample(): void {
    for (const metered of this.#processes.values()) {
      const usage = readProcessUsage(metered.pid);
      if (usage === undefined) continue;
      metered.cpuSeconds = usage.cpuSeconds - metered.cpuSecondsBefore;
      metered.rssBytesMax = Math.max(metered.rssBytesMax, usage.rssBytes);
    }
  }

  /** By name, as of the last sample. */
  get processes(): ReadonlyMap<string, MeteredProcess> {
    return this.#processes;
  }
}
