// Counts the tests of a TAP stream, and says which failed.
import type { FinalResults, Result } from "tap-parser";
import { Parser } from "tap-parser";

/**
 * A test is a `t.test(…)` without tests inside it, or a file without any. What goes wrong around the tests
 * (a crash or a timeout of their file, a wrong plan) counts as one more failed test.
 */
export class TapCounts {
  passed = 0;
  failed = 0;
  /** Tests and assertions not run, or expected to fail: each is a hole in what was tested. */
  readonly skipped: string[] = [];
  /** The failed assertions with their diagnostics. */
  readonly failures: string[] = [];
}

/** What one test file came to. */
export interface TapFile {
  name: string;
  counts: TapCounts;
  ms: number;
}

/** A parser to write TAP into, and what it has counted once it has ended. */
export function countTap(onFile: (file: TapFile) => void): { parser: Parser; counts: TapCounts } {
  const parser = new Parser();
  const counts = count(parser, "", (file, { name, time }) => onFile({ name, counts: file, ms: time ?? 0 }));
  return { parser, counts };
}

type OnChild = (counts: TapCounts, summary: Result) => void;

function count(parser: Parser, name: string, onChild?: OnChild): TapCounts {
  const counts = new TapCounts();
  let children = 0;
  let child: TapCounts | undefined; // reported, and its summary is the next assertion
  let failedHere = false; // apart from the children
  const fail = (what: string): void => {
    failedHere = true;
    counts.failures.push(path(name, what));
  };
  parser.on("child", (childParser: Parser) => {
    child = count(childParser, path(name, childParser.name));
  });
  parser.on("assert", (result: Result) => {
    const known = child;
    child = undefined;
    if (result.skip !== false || result.todo !== false) {
      counts.skipped.push(path(name, `${result.name} (${result.skip || result.todo})`));
    } else if (known === undefined) {
      if (!result.ok) fail(describe(result));
    } else {
      if (!result.ok && known.failed === 0) {
        known.failed = 1;
        known.failures.push(path(name, describe(result)));
      }
      children++;
      add(counts, known);
      onChild?.(known, result);
    }
  });
  parser.on("bailout", (reason: string) => fail(`bailed out: ${reason}`));
  parser.on("complete", ({ ok, count: asserted, failures }: FinalResults) => {
    if (!ok && !failedHere && counts.failed === 0) fail(failures.map(({ tapError }) => tapError).join(", "));
    const isTest = children === 0 && asserted > 0 && counts.skipped.length === 0;
    if (failedHere) counts.failed++;
    else if (isTest) counts.passed++;
  });
  return counts;
}

function add(counts: TapCounts, other: TapCounts): void {
  counts.passed += other.passed;
  counts.failed += other.failed;
  counts.skipped.push(...other.skipped);
  counts.failures.push(...other.failures);
}

const path = (name: string, part: string): string => (name === "" ? part : `${name} > ${part}`);

/** What says nothing about the failure itself. */
const NOISE = new Set(["args", "command", "compare", "cwd", "externalID", "jobId", "source", "stdio"]);

function describe({ name, diag }: Result): string {
  const lines = Object.entries((diag ?? {}) as Record<string, unknown>)
    .filter(([key]) => !NOISE.has(key))
    .map(([key, value]) => {
      const text = typeof value === "string" ? value.trimEnd() : JSON.stringify(value);
      return text.includes("\n") ? `\n  ${key}:\n${text.replaceAll(/^/gm, "    ")}` : `\n  ${key}: ${text}`;
    });
  return `${name || "assertion"}${lines.join("")}`;
}
