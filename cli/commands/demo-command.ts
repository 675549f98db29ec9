import type { Command } from "commander";
import type { WorkloadSummary } from "../../workload/workload-summary.ts";
import { openClusterDirectory } from "../cluster/cluster-directory.ts";
import { MADRID_AND_NEW_YORK } from "../cluster/cluster-shape.ts";
import { parseSeconds } from "../cluster-options.ts";
import { runDemo } from "../demo/demo.ts";
import { ExitCode } from "../exit-code.ts";
import { checkWritable, writeJson } from "../output/json-file.ts";
import { parseCount, parseMilliseconds } from "./arguments.ts";

interface DemoOptions {
  readonly seconds?: number;
  readonly json?: string;
  readonly dataDir?: string;
  readonly seed: number;
  readonly issuers: number;
  readonly perSecond: number;
  readonly shards: number;
  readonly wanDelayMs: number;
}

/** `harborpoint demo`: two regions on this machine with a day's trading on them, a day per minute. */
export function addDemoCommand(program: Command): void {
  program
    .command("demo")
    .summary("run two regions on this machine with a day's trading on them")
    .option("--seconds <n>", "stop after so many seconds of load and audit the store", parseSeconds)
    .option("--json <file>", "write the summary with the audit here (with --seconds)")
    .option("--data-dir <directory>", "keep the data here; temporary by default")
    .option("--seed <n>", "seed of the load", parseCount, 1)
    .option("--issuers <n>", "issuers to trade on", parseCount, 300)
    .option("--per-second <n>", "operations a second and region, on average over the day", parseCount, 300)
    .option("--shards <n>", "shards of a new cluster", parseCount, 8)
    .option("--wan-delay-ms <ms>", "one-way delay between sites", parseMilliseconds, 45)
    .action(demo);
}

async function demo({ dataDir, json, shards, wanDelayMs, seconds, ...load }: DemoOptions): Promise<void> {
  checkWritable(json);
  const directory = openClusterDirectory(dataDir);
  const summary = await runDemo({
    ...load,
    seconds,
    shape: { regions: MADRID_AND_NEW_YORK, shards, wanDelayMs },
    directory: directory.path,
    interrupted: interruption(),
  });
  directory.remove();
  if (summary === undefined) return;
  if (json !== undefined) writeJson(json, summary);
  reportAudit(summary);
}

/** Aborted by the first Ctrl-C; the second one ends the process, and its children with it. */
function interruption(): AbortSignal {
  const controller = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) {
    process.on(signal, () => {
      if (controller.signal.aborted) process.exit(ExitCode.FAILED);
      controller.abort();
    });
  }
  return controller.signal;
}

function reportAudit({ audit, approved, declined, seconds }: WorkloadSummary): void {
  const verdict = audit.ok ? "ok" : "FAILED";
  process.stdout.write(
    `${seconds.toFixed(1)} s: ${approved} approved, ${declined} declined; audit ${verdict}: ` +
      `${audit.issuersChecked} issuers checked, ${audit.oversoldIssuers} oversold, ` +
      `${audit.duplicateTokens} duplicate tokens, replicas ${audit.replicasEqual ? "equal" : "NOT EQUAL"}\n`,
  );
  for (const finding of audit.findings) process.stderr.write(`${finding}\n`);
  if (!audit.ok) process.exitCode = ExitCode.FAILED;
}
