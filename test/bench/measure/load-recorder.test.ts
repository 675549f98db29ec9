import t from "tap";
import { LoadRecorder } from "../../../bench/measure/load-recorder.ts";
import { ManualTime } from "../../support/manual-time.ts";

t.test("only what is answered while it measures counts", async (t) => {
  const time = new ManualTime();
  const recorder = new LoadRecorder(time);
  recorder.answered(time.nowMs, 5);
  recorder.begin();
  time.advance(500);
  recorder.answered(time.nowMs - 20, 7);
  time.advance(1500);
  recorder.end();
  recorder.answered(time.nowMs, 9);
  t.equal(recorder.count, 7);
  t.equal(recorder.seconds, 2);
  t.equal(recorder.perSecond, 3.5);
});

t.test("latency counts from the intended time, even from before the measurement began", async (t) => {
  const time = new ManualTime();
  const recorder = new LoadRecorder(time);
  const intendedMs = time.nowMs;
  time.advance(3000);
  recorder.begin();
  time.advance(10);
  recorder.answered(intendedMs, 1);
  t.ok(Math.abs(recorder.latency.maxMs - 3010) < 4);
});

t.test("the timeline has every second, those without an answer too", async (t) => {
  const time = new ManualTime();
  const recorder = new LoadRecorder(time);
  recorder.begin();
  time.advance(100);
  recorder.answered(time.nowMs - 1, 10);
  time.advance(3000);
  recorder.answered(time.nowMs - 2, 20);
  time.advance(900);
  recorder.end();
  t.same(
    recorder.timeline.map(({ second, count }) => [second, count]),
    [
      [0, 10],
      [1, 0],
      [2, 0],
      [3, 20],
    ],
  );
  t.ok(Math.abs((recorder.timeline[3]?.p99Ms ?? 0) - 2) < 0.01);
});
