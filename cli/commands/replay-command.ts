import { type Command, InvalidArgumentError } from "commander";
import { systemClock } from "../../common/clock.ts";
import { readJournal } from "../../workload/journal/journal-reader.ts";
import { journalTimes } from "../../workload/journal/journal-times.ts";
import { parseSeconds } from "../cluster-options.ts";
import { ExitCode } from "../exit-code.ts";
import { checkWritable, writeJson } from "../output/json-file.ts";
import { Progress } from "../output/progress.ts";
import { renderTable } from "../output/render.ts";
import { replayJournal, unresolvedLines } from "../replay/replay-journal.ts";
import { connectReplayTarget, type ReplayTarget, startReplayCluster } from "../replay/replay-target.ts";
import { parseMilliseconds } from "./arguments.ts";

interface ReplayOptions {
  readonly json?: string;
  readonly endpoint?: Readonly<Record<string, string>>;
  readonly wanDelayMs: number;
  readonly dataDir?: string;
  readonly lineTimeout: number;
}

/** `harborpoint replay`: applies an order journal through the public API of a cluster. */
export function addReplayCommand(program: Command): void {
  program
    .command("replay")
    .summary("apply an order journal through the public API")
    .description(
      "Apply an order journal (CSV) through the routers of both regions, the lines of each issuer one\n" +
        "after the other, and report every outcome. Without --endpoint a cluster is started for it.",
    )
    .argument("<journal.csv>")
    .option("--json <file>", "write outcomes, counts and final exposures here")
    .option(
      "--endpoint <region=host:port>",
      "router of a region of a running cluster; repeatable",
      addEndpoint,
    )
    .option("--line-timeout <seconds>", "how long one line is tried", parseSeconds, 120)
    .option(
      "--wan-delay-ms <ms>",
      "one-way delay between the sites of the started cluster",
      parseMilliseconds,
      2,
    )
    .option("--data-dir <directory>", "keep the started cluster's data here; temporary by default")
    .action(runReplay);
}

async function runReplay(path: string, options: ReplayOptions): Promise<void> {
  checkWritable(options.json);
  const lines = await readJournal(path);
  const times = journalTimes(lines, systemClock.wallMs());
  for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => process.exit(ExitCode.FAILED));
  const target = await openTarget(options, times);
  try {
    const progress = new Progress("replaying", lines.length, process.stderr, systemClock);
    const report = await replayJournal(target, lines, {
      startMs: times.earliestMs,
      lineTimeoutMs: options.lineTimeout * 1000,
      onLine: (done) => progress.update(done),
    });
    if (options.json !== undefined) writeJson(options.json, report);
    const counts = Object.entries(report.counts).map(([name, count]) => [name, String(count)]);
    process.stdout.write(`${renderTable(["OUTCOME", "LINES"], counts)}\n`);
    reportUnresolved(unresolvedLines(report));
  } finally {
    await target.close();
  }
}

async function openTarget(
  { endpoint, wanDelayMs, dataDir }: ReplayOptions,
  times: ReturnType<typeof journalTimes>,
): Promise<ReplayTarget> {
  if (endpoint !== undefined) return connectReplayTarget(endpoint);
  process.stderr.write("starting a cluster: two regions, two nodes each\n");
  const started = await startReplayCluster(times, { wanDelayMs, ...(dataDir !== undefined && { dataDir }) });
  return started.target;
}

function reportUnresolved(count: number): void {
  if (count === 0) return;
  process.stderr.write(`${count} lines got no decision because the cluster could not be reached in time\n`);
  process.exitCode = ExitCode.FAILED;
}

function addEndpoint(text: string, before: Readonly<Record<string, string>> = {}): Record<string, string> {
  const [, region, address] = /^([^=]+)=(\S+:\d{1,5})$/.exec(text) ?? [];
  if (region === undefined || address === undefined) {
    throw new InvalidArgumentError(`"${text}" is not region=host:port`);
  }
  return { ...before, [region]: address };
}
