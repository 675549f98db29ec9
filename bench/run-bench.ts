import { openClusterDirectory } from "../cli/cluster/cluster-directory.ts";
import { ExitCode } from "../cli/exit-code.ts";
import { systemClock } from "../common/clock.ts";
import type { AnyBench } from "./bench.ts";
import { EnvironmentStamp } from "./environment/environment.ts";
import type { FlagValues } from "./flags.ts";
import { Profiling } from "./profile/profiling.ts";
import { benchResult } from "./report/bench-result.ts";
import { checkFiles, type ResultFiles, writeFiles } from "./report/result-files.ts";
import { renderText } from "./report/text-report.ts";

/** Where a run keeps its stores and leaves its results. */
export interface RunOptions extends ResultFiles {
  /** Temporary when absent. */
  readonly dataDir?: string;
  /** Directory for CPU profiles of all processes; none are made when absent. */
  readonly profile?: string;
}

/** Runs one benchmark and reports; exit code 1 when its audit fails. */
export async function runBench(bench: AnyBench, flags: FlagValues, options: RunOptions): Promise<void> {
  checkFiles(options);
  const profiling = options.profile === undefined ? undefined : await Profiling.start(options.profile);
  const directory = openClusterDirectory(options.dataDir);
  const stamp = new EnvironmentStamp(directory.path, systemClock);
  const say = (message: string): void => void process.stderr.write(`${message}\n`);
  const onProcesses = (pids: ReadonlyMap<string, number>): void => profiling?.note(pids);
  const findings = await bench.run({
    flags,
    clock: systemClock,
    directory: directory.path,
    say,
    onProcesses,
  });
  await profiling?.end();
  const result = benchResult(bench.name, { ...flags }, stamp.finish(), findings);
  directory.remove();
  writeFiles(options, result, findings.measurements);
  process.stdout.write(renderText(result, findings.measurements));
  if (result.audit === "failed") process.exitCode = ExitCode.FAILED;
}
