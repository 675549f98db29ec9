import t from "tap";
import { LatencyRecorder } from "../../workload/latency-recorder.ts";

t.test("quantiles are those of what was recorded, to three digits", async (t) => {
  const recorder = new LatencyRecorder();
  for (let ms = 1; ms <= 1000; ms++) recorder.record(ms);
  const { count, p50Ms, p99Ms, maxMs } = recorder.total();
  t.equal(count, 1000);
  t.ok(Math.abs(p50Ms - 500) < 2 && Math.abs(p99Ms - 990) < 2 && Math.abs(maxMs - 1000) < 2);
});

t.test("a look takes the recent ones and leaves the total", async (t) => {
  const recorder = new LatencyRecorder();
  recorder.record(5);
  t.equal(recorder.takeRecent().count, 1);
  t.same(recorder.takeRecent(), { count: 0, p50Ms: 0, p99Ms: 0, maxMs: 0 });
  t.equal(recorder.total().count, 1);
});

t.test("latencies out of range are clipped, not lost", async (t) => {
  const recorder = new LatencyRecorder();
  recorder.record(-1);
  recorder.record(10 * 60_000);
  t.equal(recorder.total().count, 2);
});
