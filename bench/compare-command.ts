import { type Command, InvalidArgumentError } from "commander";
import { ExitCode } from "../cli/exit-code.ts";
import { renderTable } from "../cli/output/render.ts";
import { compareResults, type MetricChange } from "./report/comparison.ts";
import { formatFigure } from "./report/metric-format.ts";
import { readResults } from "./report/result-reader.ts";

/** `bench compare`: exit code 1 when something became worse. */
export function addCompareCommand(program: Command): void {
  program
    .command("compare")
    .summary("compare two results, or the medians of two directories of results")
    .argument("<before>", "file written with --json, or a directory of such files")
    .argument("<after>", "likewise")
    .option("--threshold <percent>", "change that counts, such as 5%", parsePercent, 0.05)
    .action((before: string, after: string, { threshold }: { readonly threshold: number }) => {
      const { changes, doubts } = compareResults(readResults(before), readResults(after), threshold);
      process.stdout.write(`${renderChanges(changes)}\n`);
      for (const doubt of doubts) process.stderr.write(`! ${doubt}\n`);
      if (changes.some(({ verdict }) => verdict === "worse")) process.exitCode = ExitCode.FAILED;
    });
}

function renderChanges(changes: readonly MetricChange[]): string {
  const percent = (share: number): string => `${share >= 0 ? "+" : "−"}${Math.abs(share * 100).toFixed(1)} %`;
  const cells = changes.map(({ metric, before, after, change, noise, verdict }) => [
    metric,
    formatFigure(before),
    formatFigure(after),
    percent(change),
    `${(noise * 100).toFixed(1)} %`,
    verdict,
  ]);
  return renderTable(["METRIC", "BEFORE", "AFTER", "CHANGE", "NOISE", "VERDICT"], cells);
}

function parsePercent(text: string): number {
  const [, digits] = /^(\d+(?:\.\d+)?)%?$/.exec(text) ?? [];
  if (digits === undefined) throw new InvalidArgumentError("must be a percentage such as 5%");
  return Number(digits) / 100;
}
