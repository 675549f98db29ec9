// The read-only checks of `npm run verify`.
import { existsSync } from "node:fs";
import { glob, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type CommandResult, ROOT, runCommand } from "./command.ts";

const CHECK_MS_MAX = 5 * 60_000; // the slowest takes a few seconds
const CHECKS_AT_ONCE = 3; // most of them use more than one core for themselves

/** The baseline of `buf breaking`: the contract as last released. */
const PROTO_BASELINE = "proto/baseline.binpb";
const GENERATED = "proto/gen";
/** Arguments that keep `buf format` off the vendored contracts. */
export const OWN_PROTO = ["--path", "proto/harborpoint"];
/** Folders with code, whether or not they exist yet. */
const CODE =
  "bench cli client common console metadata node proto/gen router search test tools workload".split(" ");

interface Check {
  name: string;
  /** What to do about a failure. */
  hint: string;
  run: () => Promise<CommandResult>;
}

export interface CheckResult {
  name: string;
  hint: string;
  ok: boolean;
  output: string;
  ms: number;
}

const run = (...command: string[]): Promise<CommandResult> =>
  runCommand(command, { timeoutMs: CHECK_MS_MAX });

const command = (name: string, hint: string, ...words: string[]): Check => ({
  name,
  hint,
  run: () => run(...words),
});

async function checkImports(): Promise<CommandResult> {
  const result = await run("depcruise", ...CODE.filter((name) => existsSync(join(ROOT, name))));
  // It misses a TypeScript it could load, after every report. It does not need one: see its configuration.
  return { ...result, output: result.output.replace(/\n[^\n]*missing-tsc-transpiler[^]*$/, "") };
}

async function filesIn(directory: string): Promise<Map<string, Buffer>> {
  const files = new Map<string, Buffer>();
  for await (const path of glob("**/*.ts", { cwd: directory })) {
    files.set(path, await readFile(join(directory, path)));
  }
  return files;
}

/** Generates into a temporary folder and compares: the committed code must be what the contract says. */
async function checkGenerated(): Promise<CommandResult> {
  const directory = await mkdtemp(join(tmpdir(), "harborpoint-generated-"));
  try {
    const result = await run("buf", "generate", "--output", directory);
    if (!result.ok) return result;
    const wanted = await filesIn(join(directory, GENERATED));
    const found = await filesIn(join(ROOT, GENERATED));
    const paths = [...new Set([...wanted.keys(), ...found.keys()])];
    const wrong = paths.filter((path) => {
      const [a, b] = [wanted.get(path), found.get(path)];
      return a === undefined || b === undefined || !a.equals(b);
    });
    const output = wrong.map((path) => `${GENERATED}/${path} differs from what its contract generates\n`);
    return { ok: wrong.length === 0, ending: `${wrong.length} files differ`, output: output.join("") };
  } finally {
    await rm(directory, { recursive: true });
  }
}

function checks(): Check[] {
  const all: Check[] = [
    command("types", "", "tsc", "--project", "."),
    command("lint", "npm run fix repairs some", "oxlint", "--deny-warnings"),
    { name: "imports", hint: "the rules are in .dependency-cruiser.cjs", run: checkImports },
    command("unused code", "see knip.json", "knip", "--no-progress"),
    command("format", "npm run fix", "biome", "format", "--colors=off", "."),
    command("contract lint", "", "buf", "lint"),
    command("contract format", "npm run fix", "buf", "format", ...OWN_PROTO, "--diff", "--exit-code"),
    { name: "generated code", hint: "npm run generate", run: checkGenerated },
  ];
  if (existsSync(join(ROOT, "console/tsconfig.json"))) {
    all.push(command("console types", "", "tsc", "--project", "console"));
  }
  if (existsSync(join(ROOT, PROTO_BASELINE))) {
    const hint = `readers of the last release would break; npm run proto:baseline accepts it`;
    all.push(command("contract breaking", hint, "buf", "breaking", "--against", PROTO_BASELINE));
  }
  return all;
}

/** Runs every check, or those whose name contains one of `names`; `report` hears of each as it ends. */
export async function runChecks(
  report: (result: CheckResult) => void,
  names: string[] = [],
): Promise<CheckResult[]> {
  const waiting = checks().filter(
    ({ name }) => names.length === 0 || names.some((part) => name.includes(part)),
  );
  const results: CheckResult[] = [];
  const work = async (): Promise<void> => {
    for (let check = waiting.shift(); check !== undefined; check = waiting.shift()) {
      const startMs = performance.now();
      const { ok, ending, output } = await check.run();
      const ms = performance.now() - startMs;
      const result = { name: check.name, hint: check.hint, ok, output: output.trim() || ending, ms };
      results.push(result);
      report(result);
    }
  };
  await Promise.all(Array.from({ length: CHECKS_AT_ONCE }, work));
  return results;
}

/** One line for a check that holds, all it had to say for one that does not. */
export function formatCheck({ name, hint, ok, output, ms }: CheckResult): string {
  const line = `${ok ? "  ok  " : "  FAIL"} ${name.padEnd(18)} ${(ms / 1000).toFixed(1)} s`;
  if (ok) return line;
  const advice = hint === "" ? "" : `\n         → ${hint}`;
  return `${line}${advice}\n${output.replaceAll(/^/gm, "       ")}`;
}
