import t from "tap";
import { SilenceWatch } from "../../../node/replication/silence-watch.ts";

/** Checks every so many milliseconds over a time; the time of the first alarm, or undefined. */
function firstAlarm(
  watch: SilenceWatch,
  fromMs: number,
  untilMs: number,
  everyMs: number,
): number | undefined {
  for (let nowMs = fromMs; nowMs <= untilMs; nowMs += everyMs) if (watch.isTooLong(nowMs)) return nowMs;
  return undefined;
}

t.test("silence is noticed at its limit", async (t) => {
  const watch = new SilenceWatch(1_500);
  watch.heard(10_000);
  t.equal(firstAlarm(watch, 10_100, 11_500, 100), undefined);
  t.equal(firstAlarm(watch, 11_600, 20_000, 100), 11_600);
});

t.test("whoever speaks is not silent", async (t) => {
  const watch = new SilenceWatch(1_500);
  for (let nowMs = 0; nowMs < 20_000; nowMs += 250) {
    watch.heard(nowMs);
    t.notOk(watch.isTooLong(nowMs + 100));
  }
});

t.test("a process that stood still itself gives the other end a new chance", async (t) => {
  const watch = new SilenceWatch(1_500);
  watch.heard(10_000);
  t.notOk(watch.isTooLong(10_100));
  t.notOk(watch.isTooLong(19_000), "nobody was there to hear anything");
  t.equal(firstAlarm(watch, 19_100, 30_000, 100), 20_600);
});
