import t from "tap";
import { ClockCheck } from "../../../node/shard/clock-check.ts";

t.test("clocks that go along with each other are sound", async (t) => {
  const check = new ClockCheck();
  t.ok(check.isSound(1000, 50_000), "the first look has nothing to compare with");
  t.ok(check.isSound(1250, 50_250));
  t.ok(check.isSound(2250, 51_250), "a second is not too long");
  t.ok(check.isSound(2500, 52_000), "500 ms apart is not too much");
  t.ok(check.isSound(2750, 51_750), "in either direction");
});

t.test("a jump of the wall clock is noticed, once", async (t) => {
  for (const jumpMs of [501, -501, 86_400_000]) {
    const check = new ClockCheck();
    check.isSound(1000, 50_000);
    t.notOk(check.isSound(1250, 50_250 + jumpMs), `${jumpMs} ms`);
    t.ok(check.isSound(1500, 50_500 + jumpMs), "and the clocks are re-based");
  }
});

t.test("a process that stood still notices, whether its monotonic clock went on or not", async (t) => {
  const paused = new ClockCheck();
  paused.isSound(1000, 50_000);
  t.notOk(paused.isSound(2001, 51_001));
  const suspended = new ClockCheck();
  suspended.isSound(1000, 50_000);
  t.notOk(suspended.isSound(1001, 60_000));
});
