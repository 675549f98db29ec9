import { cpus, loadavg, release, totalmem } from "node:os";
import { fileURLToPath } from "node:url";
import type { Clock } from "../../common/clock.ts";
import { measureFsyncMs } from "./fsync-probe.ts";
import { gitRevision } from "./git-revision.ts";
import { type ProcessorTimes, processorShares, readProcessorTimes } from "./processor-times.ts";

/** Where and on what a figure was measured: without it the figure says nothing. */
export interface Environment {
  /** ISO 8601, UTC. */
  readonly startedAt: string;
  /** Hash of the commit; "+" behind it means that there were changes on top. */
  readonly gitRevision: string;
  readonly node: string;
  readonly kernel: string;
  readonly cpu: string;
  readonly cores: number;
  readonly memoryBytes: number;
  /** Median time to make 8 KiB durable where the stores lie, before the run. */
  readonly fsyncP50Ms: number;
  /** Load average of the last minute before the run: what else was going on. */
  readonly loadBefore: number;
  /** Share of processor time nobody wanted during the run; undefined where it cannot be read. */
  readonly cpuIdleShare: number | undefined;
  /** Share of processor time the host gave to other guests during the run. */
  readonly cpuStealShare: number | undefined;
}

/** What is known of the environment before a run. */
type Before = Omit<Environment, "cpuIdleShare" | "cpuStealShare">;

/** Takes the stamp of a run: made before it, finished after it. */
export class EnvironmentStamp {
  readonly #before: Before;
  readonly #times: ProcessorTimes | undefined;

  /** @param directory where the stores of the run will lie */
  constructor(directory: string, clock: Clock) {
    const processors = cpus();
    this.#before = {
      startedAt: new Date(clock.wallMs()).toISOString(),
      gitRevision: gitRevision(fileURLToPath(new URL("../..", import.meta.url))),
      node: process.version,
      kernel: release(),
      cpu: processors[0]?.model ?? "unknown",
      cores: processors.length,
      memoryBytes: totalmem(),
      fsyncP50Ms: measureFsyncMs(directory, clock),
      loadBefore: loadavg()[0],
    };
    this.#times = readProcessorTimes();
  }

  /** The stamp of the run that ends now. */
  finish(): Environment {
    const shares = processorShares(this.#times, readProcessorTimes());
    return { ...this.#before, cpuIdleShare: shares?.idle, cpuStealShare: shares?.steal };
  }
}
