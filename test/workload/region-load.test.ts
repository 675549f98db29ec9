import t from "tap";
import type { Clock } from "../../common/clock.ts";
import type { OperationRunner } from "../../workload/operation-runner.ts";
import { RegionLoad } from "../../workload/region-load.ts";
import type { PlannedOperation } from "../../workload/traffic.ts";

const issuerAt = (homeRegion: string) => ({
  issuerId: "A",
  homeRegion,
  currency: "EUR",
  limitMinor: 1,
  share: 1,
});

function* operations(everyMs: number): Generator<PlannedOperation, never> {
  for (let i = 0; ; i++) {
    yield {
      atMs: i * everyMs,
      kind: "reserve",
      issuer: issuerAt(i % 2 === 0 ? "madrid" : "new-york"),
      amountMinor: 1,
      pick: 0,
      aimsAtClosed: false,
      repeats: false,
      desk: "",
      trader: "",
    };
  }
}

const clock: Clock = { monotonicMs: () => performance.now(), wallMs: () => Date.now() };

function loadWith(run: OperationRunner["run"], everyMs: number): RegionLoad {
  const runner = { run } as OperationRunner;
  const onFailure = (error: unknown): never => {
    throw error;
  };
  return new RegionLoad({ region: "madrid", operations: operations(everyMs), runner, clock, onFailure });
}

t.test("latency counts from the due time, at home and across", async (t) => {
  const load = loadWith(async (_planned, onDecided) => {
    await new Promise((resolve) => setTimeout(resolve, 20));
    onDecided();
  }, 10);
  load.start();
  await new Promise((resolve) => setTimeout(resolve, 200));
  t.equal(await load.stop(5_000), true);
  const [home, across, all] = [load.home.total(), load.crossRegion.total(), load.all.total()];
  t.ok(home.count > 3 && across.count > 3);
  t.equal(all.count, home.count + across.count);
  t.ok(all.p50Ms >= 19, `${all.p50Ms} ms`);
});

t.test("nobody waits for earlier answers, but only so many are under way", async (t) => {
  const started: (() => void)[] = [];
  const load = loadWith(() => new Promise((resolve) => started.push(resolve)), 0.01);
  load.start();
  while (load.notSent === 0) await new Promise((resolve) => setTimeout(resolve, 5));
  t.equal(started.length, 500);
  t.equal(await load.stop(10), false, "they are still under way");
  for (const finish of started) finish();
});
