// npm test: everything CI runs, ending with "N passed, N failed" on a line of its own.
//
//   node tools/test.ts                       verify, all test files, the simulator
//   node tools/test.ts unit | scripts [file…]   only these test files
import { existsSync, globSync } from "node:fs";
import { join } from "node:path";
import { formatCheck, runChecks } from "./checks.ts";
import { ROOT, runCommand } from "./command.ts";
import { countTap, type TapFile } from "./tap-counts.ts";

const TAP_MS_MAX = 30 * 60_000; // tap stops a single file much earlier, see .taprc
const SIMULATION_MS_MAX = 20 * 60_000;
const SIMULATION_SEEDS = 300;
const STDERR_CHARS_MAX = 20_000; // of the tests' own messages, printed when one failed

/** On CI a test that was not run is a failure: there, everything a test needs is installed. */
const STRICT = process.env["CI"] === "true";

interface Tally {
  passed: number;
  failed: number;
}
type Part = () => Promise<Tally>;

const indent = (text: string): string => text.trimEnd().replaceAll(/^/gm, "       ");

async function verify(): Promise<Tally> {
  const results = await runChecks((result) => console.log(formatCheck(result)));
  const failed = results.filter(({ ok }) => !ok).length;
  return { passed: results.length - failed, failed };
}

function printFile({ name, counts, ms }: TapFile): void {
  const ok = counts.failed === 0;
  const numbers = `${counts.passed} passed${ok ? "" : `, ${counts.failed} failed`}`;
  console.log(`${ok ? "  ok  " : "  FAIL"} ${name.padEnd(56)} ${numbers}, ${(ms / 1000).toFixed(1)} s`);
  for (const failure of counts.failures) console.log(indent(failure));
}

async function tap(files: string[]): Promise<Tally> {
  if (files.length === 0) {
    console.log("  FAIL no test files");
    return { passed: 0, failed: 1 };
  }
  let reported = 0;
  const { parser, counts } = countTap((file) => {
    reported++;
    printFile(file);
  });
  const { ok, ending, output } = await runCommand(["tap", "--reporter=tap", ...files], {
    timeoutMs: TAP_MS_MAX,
    onOutput: (chunk) => parser.write(chunk),
  });
  parser.end();
  let { failed } = counts;
  if ((!ok && failed === 0) || reported < files.length) {
    console.log(`  FAIL tap: ${ending}, ${reported} of ${files.length} files reported`);
    failed++;
  }
  if (failed > 0 && output !== "") {
    console.log(`       the tests' own messages:\n${indent(output.slice(-STDERR_CHARS_MAX))}`);
  }
  for (const test of counts.skipped) console.log(`  ${STRICT ? "FAIL" : "    "} not run: ${test}`);
  return { passed: counts.passed, failed: failed + (STRICT ? counts.skipped.length : 0) };
}

async function simulate(): Promise<Tally> {
  const command = ["node", SIMULATOR, "--seeds", String(SIMULATION_SEEDS), "--seed", "1"];
  const { ok, ending, output } = await runCommand(command, { timeoutMs: SIMULATION_MS_MAX });
  console.log(indent(output));
  console.log(ok ? `  ok   ${SIMULATION_SEEDS} seeds` : `  FAIL ${command.join(" ")}: ${ending}`);
  return ok ? { passed: 1, failed: 0 } : { passed: 0, failed: 1 };
}

/** Runs the parts one after another, each under its heading. */
async function runParts(selected: [name: string, part: Part][]): Promise<Tally> {
  const total = { passed: 0, failed: 0 };
  for (const [name, part] of selected) {
    console.log(`\n== ${name}`);
    const startMs = performance.now();
    const { passed, failed } = await part();
    const seconds = ((performance.now() - startMs) / 1000).toFixed(1);
    console.log(`-- ${name}: ${passed} passed, ${failed} failed, ${seconds} s`);
    total.passed += passed;
    total.failed += failed;
  }
  return total;
}

const SIMULATOR = "test/simulation/main.ts";
const testFiles = (): string[] => globSync("test/**/*.test.ts", { cwd: ROOT }).toSorted();
/** Folders of test/ that are not about one source file each. */
const NOT_UNIT = /^test\/(scripts|simulation|crash|cluster|contract|tooling)\//;

function parts(selection: string | undefined, files: string[]): [string, Part][] {
  switch (selection) {
    case undefined: {
      const all: [string, Part][] = [
        ["verify", verify],
        ["tests", () => tap(testFiles())],
      ];
      if (existsSync(join(ROOT, SIMULATOR))) all.push(["simulator", simulate]);
      return all;
    }
    case "unit":
      return [
        ["unit tests", () => tap(files.length > 0 ? files : testFiles().filter((f) => !NOT_UNIT.test(f)))],
      ];
    case "scripts":
      return [
        [
          "golden scripts",
          () => tap(files.length > 0 ? files : testFiles().filter((f) => f.startsWith("test/scripts/"))),
        ],
      ];
    default:
      throw new Error(`unknown selection "${selection}": unit, scripts, or nothing for all`);
  }
}

const [selection, ...files] = process.argv.slice(2);
const { passed, failed } = await runParts(parts(selection, files));
console.log(`\n${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 && passed > 0 ? 0 : 1;
