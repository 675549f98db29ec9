import { Command } from "commander";
import { renderTable } from "../cli/output/render.ts";
import type { AnyBench } from "./bench.ts";
import { BENCHES } from "./bench-catalog.ts";
import { addCompareCommand } from "./compare-command.ts";
import { addFlags, type FlagValues } from "./flags.ts";
import { addProfileCommand } from "./profile-command.ts";
import { runBench } from "./run-bench.ts";

/** `npm run bench -- …`: a command per benchmark, and those that deal with results. */
export function buildBenchProgram(): Command {
  const program = new Command("bench")
    .description("Benchmarks; every load is audited, and a run whose audit fails exits with 1.")
    .showSuggestionAfterError()
    .exitOverride();
  program.command("list").summary("list the benchmarks and what they answer").action(listBenches);
  addCompareCommand(program);
  addProfileCommand(program);
  for (const bench of BENCHES) addBenchCommand(program, bench);
  return program;
}

function listBenches(): void {
  const cells = BENCHES.map(({ name, question }) => [name, question]);
  process.stdout.write(`${renderTable(["BENCH", "QUESTION"], cells)}\n`);
}

function addBenchCommand(program: Command, bench: AnyBench): void {
  const command = program
    .command(bench.name)
    .summary(bench.question)
    .option("--json <file>", "write the result here")
    .option("--html <file>", "write a report with plots here")
    .option("--hgrm <directory>", "write the latency histograms here, in HdrHistogram's text format")
    .option("--profile <directory>", "write CPU profiles of all processes here; slows them down")
    .option("--data-dir <directory>", "keep the stores here; temporary by default");
  addFlags(command, bench.flags);
  command.action(async (options: Record<string, string>) => {
    const flags = Object.fromEntries(Object.keys(bench.flags).map((name) => [name, options[name]]));
    await runBench(bench, flags as unknown as FlagValues, options);
  });
}
