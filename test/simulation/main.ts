import { writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { ItemError } from "../../common/batch/kinds.ts";
import { runSeed, type SeedResult } from "./simulation.ts";

const { values } = parseArgs({
  options: {
    seeds: { type: "string", default: "100" },
    seed: { type: "string", default: "1" },
    json: { type: "string" },
  },
});

/** Things that must happen at least once over a run of this many seeds, or the run proves too little. */
const COVERAGE_FROM_SEEDS = 100;
const MUST_HAPPEN = [
  "crash",
  "pause",
  "pause between commands",
  "one-way cut",
  "connection reset",
  "metadata restart",
  "restart proposed",
  "established",
  "tail truncated",
  "recovery clean",
  "recovery torn_tail_zeroed",
  "answer past the client limit",
  `error ${ItemError.RPO_GATE_CLOSED}`,
  `error ${ItemError.SYNC_PEER_UNAVAILABLE}`,
  `error ${ItemError.COMMIT_OUTCOME_UNKNOWN}`,
  "late retry",
  "token reused",
  "timeout",
];

function report({ seed, failure }: SeedResult): void {
  if (failure === undefined) return;
  console.error(`seed ${seed} broke ${failure.invariant}: ${failure.message}`);
  console.error(`replay: npm run sim -- --seeds 1 --seed ${seed}`);
  for (const line of failure.trace) console.error(`  ${line}`);
}

const first = Number(values.seed);
const count = Number(values.seeds);
if (!Number.isSafeInteger(first) || !Number.isSafeInteger(count) || count < 1) {
  console.error("usage: npm run sim -- [--seeds N] [--seed S] [--json FILE]");
  process.exit(2);
}

const startedMs = performance.now();
const failed: { seed: number; invariant: string }[] = [];
const coverage = new Map<string, number>();
let clientOperations = 0;
let lastHash = "";
for (let seed = first; seed < first + count; seed++) {
  const result = runSeed(seed);
  report(result);
  if (result.failure !== undefined) failed.push({ seed, invariant: result.failure.invariant });
  for (const [name, times] of result.coverage) coverage.set(name, (coverage.get(name) ?? 0) + times);
  clientOperations += result.operations;
  lastHash = result.traceHash;
}
if (count >= COVERAGE_FROM_SEEDS) {
  for (const name of MUST_HAPPEN)
    if (!coverage.has(name)) failed.push({ seed: 0, invariant: `coverage: ${name}` });
}

const seconds = (performance.now() - startedMs) / 1000;
const names = [...coverage.keys()].sort();
for (const name of names) console.log(`${String(coverage.get(name)).padStart(9)}  ${name}`);
console.log(
  `${count} seeds, ${failed.length} failed, ${clientOperations} client operations, ${seconds.toFixed(1)} s`,
);
if (count === 1) console.log(`trace ${lastHash}`);
for (const { seed, invariant } of failed) console.log(`FAILED seed ${seed}: ${invariant}`);
if (values.json !== undefined) {
  const result = { seeds: count, failed, clientOperations, seconds, coverage: Object.fromEntries(coverage) };
  writeFileSync(values.json, `${JSON.stringify(result, undefined, 2)}\n`);
}
process.exitCode = failed.length === 0 ? 0 : 1;
