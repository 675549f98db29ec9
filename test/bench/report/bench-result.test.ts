import { writeFileSync } from "node:fs";
import { join } from "node:path";
import t from "tap";
import { LatencyHistogram } from "../../../bench/measure/latency-histogram.ts";
import { benchResult, benchResultSchema } from "../../../bench/report/bench-result.ts";
import { readResults } from "../../../bench/report/result-reader.ts";
import { temporaryDirectory } from "../../support/temporary-directory.ts";

const environment = {
  startedAt: "2026-11-23T00:00:00.000Z",
  gitRevision: "abc",
  node: "v26",
  kernel: "6",
  cpu: "x",
  cores: 2,
  memoryBytes: 1,
  fsyncP50Ms: 0.2,
  loadBefore: 0,
  cpuIdleShare: 0.5,
  cpuStealShare: undefined,
};

const findings = {
  headline: { reservationsPerSecond: 5 },
  measurements: [{ name: "alone", metrics: { p99Ms: 3 }, latency: new LatencyHistogram() }],
  remarks: [],
  auditFindings: [],
};

t.test("metrics are one flat list of numbers", async (t) => {
  const result = benchResult("commit-path", { seed: 1 }, environment, findings);
  t.match(result, {
    bench: "commit-path",
    audit: "ok",
    metrics: { reservationsPerSecond: 5, "alone.p99Ms": 3 },
  });
  t.same(Object.keys(result.metrics).length, 2);
});

t.test("one finding fails the audit", async (t) => {
  t.equal(benchResult("x", {}, environment, { ...findings, auditFindings: ["oversold"] }).audit, "failed");
});

t.test("what is written can be read again, as a file or as one of a directory", async (t) => {
  const directory = temporaryDirectory(t);
  const result = benchResult("commit-path", { seed: 1 }, environment, findings);
  const path = join(directory, "a.json");
  writeFileSync(path, JSON.stringify(result));
  writeFileSync(join(directory, "notes.txt"), "no result");
  const expected = benchResultSchema.parse(JSON.parse(JSON.stringify(result)));
  t.same(readResults(path), [expected]);
  t.same(readResults(directory), [expected]);
});

t.test("what is no result is named", async (t) => {
  const directory = temporaryDirectory(t);
  t.throws(() => readResults(directory), /holds no results/);
  t.throws(() => readResults(join(directory, "missing.json")), /cannot be read/);
  writeFileSync(join(directory, "b.json"), "{}");
  t.throws(() => readResults(directory), /b\.json is no result of a bench/);
});
