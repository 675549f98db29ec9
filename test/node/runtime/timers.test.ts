import t from "tap";
import { pause, systemTimers } from "../../../node/runtime/timers.ts";

t.test("tasks run at the end of the turn, after a delay, and again and again", async (t) => {
  const done: string[] = [];
  systemTimers.endOfTurn(() => done.push("end of turn"));
  await Promise.resolve();
  t.same(done, [], "microtasks belong to the turn");
  const { promise, resolve } = Promise.withResolvers<void>();
  const stop = systemTimers.every(1, () => {
    done.push("every");
    if (done.filter((name) => name === "every").length === 3) resolve();
  });
  await promise;
  stop();
  await pause(systemTimers, 20);
  t.ok(done.includes("end of turn"));
  t.equal(done.filter((name) => name === "every").length, 3);
});

t.test("a timer that was called off stays silent", async (t) => {
  let count = 0;
  const stop = systemTimers.after(1, () => count++);
  stop();
  stop();
  await pause(systemTimers, 20);
  t.equal(count, 0);
});
