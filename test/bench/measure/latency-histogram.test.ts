import t from "tap";
import { LatencyHistogram } from "../../../bench/measure/latency-histogram.ts";

/** Latencies 1 ms, 2 ms … n ms. */
function upTo(n: number): LatencyHistogram {
  const histogram = new LatencyHistogram();
  for (let ms = 1; ms <= n; ms++) histogram.record(ms);
  return histogram;
}

t.test("percentiles are right to three digits", async (t) => {
  const histogram = upTo(1000);
  t.ok(Math.abs(histogram.percentileMs(50) - 500) <= 1);
  t.ok(Math.abs(histogram.percentileMs(99) - 990) <= 1);
  t.ok(Math.abs(histogram.maxMs - 1000) <= 1);
  t.equal(histogram.count, 1000);
});

t.test("a latency shared by many records counts for all of them", async (t) => {
  const histogram = new LatencyHistogram();
  histogram.record(1, 99);
  histogram.record(100, 9901);
  t.equal(histogram.count, 10_000);
  t.ok(histogram.percentileMs(1) > 90, "one percent of the records were fast, though half of the entries");
});

t.test("what is outside its range counts at the edge", async (t) => {
  const histogram = new LatencyHistogram();
  histogram.record(-1);
  histogram.record(0);
  histogram.record(1e9);
  t.equal(histogram.percentileMs(50), 0.001);
  t.ok(histogram.maxMs >= 600_000 && histogram.maxMs < 601_000);
});

t.test("an empty histogram has no latencies", async (t) => {
  const histogram = new LatencyHistogram();
  t.equal(histogram.maxMs, 0);
  t.equal(histogram.percentileMs(99), 0);
  t.same(histogram.curve(), []);
});

t.test("adding and resetting", async (t) => {
  const histogram = upTo(10);
  histogram.add(upTo(20));
  t.equal(histogram.count, 30);
  histogram.reset();
  t.equal(histogram.count, 0);
});

t.test("the curve rises and ends where the records do", async (t) => {
  const points = upTo(1000).curve();
  t.equal(points[0]?.percentile, 0);
  t.ok((points.at(-1)?.percentile ?? 100) <= 99.9);
  for (let i = 1; i < points.length; i++) t.ok(points[i].ms >= points[i - 1].ms);
});

t.test("the text format is that of HdrHistogram's plotters, in milliseconds", async (t) => {
  const lines = upTo(1000).hgrm().split("\n");
  t.match(lines[0], /Value\s+Percentile\s+TotalCount\s+1\/\(1-Percentile\)/);
  const half = lines
    .map((line) => line.trim().split(/\s+/))
    .find(([, percentile]) => Number(percentile) === 0.5);
  t.ok(Math.abs(Number(half?.[0]) - 500) <= 1, `half of the records took at most ${half?.[0]}`);
});
