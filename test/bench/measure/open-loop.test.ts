import { setTimeout as sleep } from "node:timers/promises";
import t from "tap";
import { runOpenLoop } from "../../../bench/measure/open-loop.ts";
import { systemClock } from "../../../common/clock.ts";

/** Arrivals every so many milliseconds from 0 on. */
function* every(gapMs: number): Generator<number, never> {
  for (let atMs = 0; ; atMs += gapMs) yield atMs;
}

t.test("everything that arrives is sent, whether or not earlier ones are answered", async (t) => {
  let underWayMax = 0;
  let underWay = 0;
  const report = await runOpenLoop({
    arrivals: every(5),
    outstandingMax: 1000,
    durationMs: 100,
    clock: systemClock,
    send: async () => {
      underWayMax = Math.max(underWayMax, ++underWay);
      await sleep(60);
      underWay--;
    },
  });
  t.equal(underWay, 0, "it waits for the last answer");
  t.ok(underWayMax > 1, "nobody waited for an answer before the next was sent");
  // A stalled machine may end the loop early, never late.
  t.ok(report.arrived > 1 && report.arrived <= 21, `${report.arrived} arrived`);
});

t.test("who finds no room keeps its arrival time: a stall is not left out", async (t) => {
  const intended: number[] = [];
  const report = await runOpenLoop({
    arrivals: every(1),
    outstandingMax: 1,
    durationMs: 100,
    clock: systemClock,
    send: async (intendedMs) => {
      intended.push(intendedMs);
      await sleep(30);
    },
  });
  const gaps = intended.slice(1).map((ms, i) => ms - intended[i]);
  t.ok(gaps.length > 0);
  for (const gap of gaps) t.ok(Math.abs(gap - 1) < 1e-6, "the next one sent is the next one that arrived");
  t.ok(report.behindMs > 20, "and the loop says how far behind it was");
  t.ok(report.sentLate > 0);
});

t.test("a request that fails ends the load with its error", async (t) => {
  const load = runOpenLoop({
    arrivals: every(1),
    outstandingMax: 10,
    durationMs: 10_000,
    clock: systemClock,
    send: () => Promise.reject(new Error("broken")),
  });
  await t.rejects(load, { message: "broken" });
});
