import t from "tap";
import type { BenchResult } from "../../../bench/report/bench-result.ts";
import { compareResults } from "../../../bench/report/comparison.ts";

const environment = { gitRevision: "abc", node: "v26", cpu: "x", cores: 2, fsyncP50Ms: 0.2, loadBefore: 0 };

function result(metrics: Record<string, number>, changes: Partial<BenchResult> = {}): BenchResult {
  return { bench: "commit-path", environment, metrics, audit: "ok", ...changes };
}

const verdictOf = (before: Record<string, number>, after: Record<string, number>, threshold = 0.05) =>
  compareResults([result(before)], [result(after)], threshold).changes.map(({ verdict }) => verdict);

t.test("what is better depends on the metric", async (t) => {
  t.same(verdictOf({ reservationsPerSecond: 100, p99Ms: 10 }, { reservationsPerSecond: 110, p99Ms: 11 }), [
    "better",
    "worse",
  ]);
  t.same(verdictOf({ reservationsPerSecond: 100, p99Ms: 10 }, { reservationsPerSecond: 90, p99Ms: 9 }), [
    "worse",
    "better",
  ]);
  t.same(verdictOf({ recordsPerFrame: 10 }, { recordsPerFrame: 100 }), ["same"], "neither can be said");
});

t.test("a change within the threshold is none", async (t) => {
  t.same(verdictOf({ p99Ms: 100 }, { p99Ms: 104 }), ["same"]);
  t.same(verdictOf({ p99Ms: 100 }, { p99Ms: 104 }, 0.03), ["worse"]);
  t.same(verdictOf({ p99Ms: 0 }, { p99Ms: 0 }), ["same"]);
});

t.test("of several runs the medians count, and no change within their noise", async (t) => {
  const runs = (...rates: number[]) =>
    rates.map((reservationsPerSecond) => result({ reservationsPerSecond }));
  const [steady] = compareResults(runs(99, 100, 101), runs(109, 110, 500), 0.05).changes;
  t.match(
    steady,
    { before: 100, after: 110, change: 0.1, verdict: "same" },
    "500 says how noisy the runs were",
  );
  const [clear] = compareResults(runs(99, 100, 101), runs(109, 110, 111), 0.05).changes;
  t.match(clear, { verdict: "better" });
});

t.test("only metrics of all runs are compared", async (t) => {
  const { changes } = compareResults([result({ p99Ms: 1, old: 1 })], [result({ p99Ms: 1, fresh: 1 })], 0.05);
  t.same(
    changes.map(({ metric }) => metric),
    ["p99Ms"],
  );
});

t.test("runs of different benches, or none, cannot be compared", async (t) => {
  t.throws(() => compareResults([result({})], [result({}, { bench: "growth" })], 0.05), RangeError);
  t.throws(() => compareResults([], [result({})], 0.05), RangeError);
});

t.test("other machines, other disks, stolen time and failed audits raise doubts", async (t) => {
  const other = { ...environment, cpu: "y", fsyncP50Ms: 0.5, cpuStealShare: 0.2 };
  const { doubts } = compareResults(
    [result({})],
    [result({}, { environment: other, audit: "failed" })],
    0.05,
  );
  t.match(doubts, [/cpu differs: x, y/, /disks differ/, /took more than 5 %/, /failed their audit/]);
  t.same(compareResults([result({})], [result({})], 0.05).doubts, []);
});
