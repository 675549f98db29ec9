import { readFileSync } from "node:fs";
import type { Command } from "commander";
import { UsageError } from "../cli/exit-code.ts";
import { renderTable } from "../cli/output/render.ts";
import { functionCosts } from "./profile/cpu-profile.ts";
import { profileFiles } from "./profile/profile-directory.ts";

const TOP_DEFAULT = 12;
const MICROS_PER_SECOND = 1e6;

interface ProfileOptions {
  readonly top: number;
  readonly operations?: number;
}

/** `bench profile`: what a directory filled by `--profile` says. */
export function addProfileCommand(program: Command): void {
  program
    .command("profile")
    .summary("show where the processes of a run with --profile spent their time")
    .argument("<directory>")
    .option("--top <n>", "functions shown of each thread", Number, TOP_DEFAULT)
    .option("--operations <n>", "operations the run carried: adds the cost of each of them", Number)
    .action(showProfiles);
}

function showProfiles(directory: string, { top, operations }: ProfileOptions): void {
  const files = profileFiles(directory);
  if (files.length === 0) throw new UsageError(`${directory} holds no profiles`);
  for (const { path, thread } of files) {
    const costs = functionCosts(readFileSync(path, "utf8"));
    const allMicros = costs.reduce((sum, { micros }) => sum + micros, 0);
    const cells = costs
      .slice(0, top)
      .map(({ name, micros }) => [
        name,
        (micros / MICROS_PER_SECOND).toFixed(2),
        `${((micros / allMicros) * 100).toFixed(1)} %`,
        ...(operations === undefined ? [] : [(micros / operations).toFixed(3)]),
      ]);
    const headings = ["FUNCTION", "SECONDS", "SHARE", ...(operations === undefined ? [] : ["MICROS EACH"])];
    const seconds = (allMicros / MICROS_PER_SECOND).toFixed(1);
    process.stdout.write(`${thread}: ${seconds} s busy\n${renderTable(headings, cells)}\n\n`);
  }
}
