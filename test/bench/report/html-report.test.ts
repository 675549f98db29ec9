import t from "tap";
import { LatencyHistogram } from "../../../bench/measure/latency-histogram.ts";
import type { Measurement } from "../../../bench/bench.ts";
import { benchResult } from "../../../bench/report/bench-result.ts";
import { renderHtml } from "../../../bench/report/html-report.ts";

const environment = {
  startedAt: "2026-11-23T00:00:00.000Z",
  gitRevision: "abc",
  node: "v26",
  kernel: "6",
  cpu: "<x> & y",
  cores: 2,
  memoryBytes: 1,
  fsyncP50Ms: 0.2,
  loadBefore: 0,
  cpuIdleShare: 0.5,
  cpuStealShare: undefined,
};

function measurement(): Measurement {
  const latency = new LatencyHistogram();
  for (let ms = 1; ms <= 1000; ms++) latency.record(ms / 10);
  const timeline = [0, 1, 2].map((second) => ({ second, count: 100 * second, p50Ms: 1, p99Ms: 2 }));
  return { name: "load", metrics: { p99Ms: 99 }, latency, timeline };
}

function report(...auditFindings: string[]): string {
  const findings = {
    headline: { p99Ms: 99 },
    measurements: [measurement()],
    remarks: ["SATURATED: <so>"],
    auditFindings,
  };
  return renderHtml(benchResult("commit-path", { seed: 1 }, environment, findings), findings.measurements);
}

t.test("a report stands alone", async (t) => {
  const html = report();
  t.notMatch(
    html,
    /\b(?:src|href)=|url\(|@import|https?:(?!\/\/www\.w3\.org\/2000\/svg)/,
    "nothing is loaded from elsewhere",
  );
  t.equal(html.match(/<svg /g)?.length, 2, "latency and throughput are drawn");
  t.notMatch(html, /NaN|undefined|Infinity/);
});

t.test("text is text, whatever is in it", async (t) => {
  const html = report();
  t.match(html, "&lt;x&gt; &amp; y");
  t.match(html, "SATURATED: &lt;so&gt;");
  t.notMatch(html, "<so>");
});

t.test("a failed audit is said", async (t) => {
  t.match(report(), "Audit: ok");
  const failed = report("A: oversold");
  t.match(failed, "Audit: failed");
  t.match(failed, "A: oversold");
});
