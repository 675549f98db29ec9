import { setTimeout as sleep } from "node:timers/promises";
import t from "tap";
import { runClosedLoop } from "../../../bench/measure/closed-loop.ts";
import { ManualTime } from "../../support/manual-time.ts";

t.test("so many callers send until the time is up", async (t) => {
  const time = new ManualTime();
  let underWay = 0;
  const seen: number[] = [];
  await runClosedLoop(3, time.nowMs + 10, time, async () => {
    seen.push(++underWay);
    await sleep(0);
    underWay--;
    time.advance(1);
  });
  t.equal(Math.max(...seen), 3);
  t.ok(seen.length >= 10 && seen.length <= 12, `${seen.length} sent`);
});

t.test("a failure of one caller ends the load with its error", async (t) => {
  const load = runClosedLoop(2, Number.POSITIVE_INFINITY, new ManualTime(), () =>
    Promise.reject(new Error("broken")),
  );
  await t.rejects(load, { message: "broken" });
});
