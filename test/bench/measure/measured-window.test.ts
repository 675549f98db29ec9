import { setTimeout as sleep } from "node:timers/promises";
import t from "tap";
import { measureWithin } from "../../../bench/measure/measured-window.ts";

function marks(): { readonly seen: string[]; readonly onBegin: () => void; readonly onEnd: () => void } {
  const seen: string[] = [];
  return { seen, onBegin: () => void seen.push("begin"), onEnd: () => void seen.push("end") };
}

t.test("begin and end are marked while the load runs", async (t) => {
  const { seen, ...on } = marks();
  const load = sleep(60).then(() => seen.push("load over"));
  await measureWithin(load, { warmupSeconds: 0.01, seconds: 0.01, ...on });
  t.same(seen, ["begin", "end", "load over"]);
});

t.test("a load that fails is not waited for, and what was begun is ended", async (t) => {
  const { seen, ...on } = marks();
  const load = sleep(30).then(() => Promise.reject(new Error("broken")));
  await t.rejects(measureWithin(load, { warmupSeconds: 0, seconds: 3600, ...on }), { message: "broken" });
  await sleep(1);
  t.same(seen, ["begin", "end"]);
});

t.test("a load that fails in its warm-up is never measured", async (t) => {
  const { seen, ...on } = marks();
  const load = Promise.reject(new Error("broken"));
  await t.rejects(measureWithin(load, { warmupSeconds: 3600, seconds: 1, ...on }), { message: "broken" });
  await sleep(1);
  t.same(seen, []);
});
