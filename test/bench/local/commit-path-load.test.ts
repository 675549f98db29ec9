import t from "tap";
import { CommitPathLoad } from "../../../bench/local/commit-path-load.ts";
import { systemClock } from "../../../common/clock.ts";
import { temporaryDirectory } from "../../support/temporary-directory.ts";

const flags = { seed: 1, issuers: "zipf", issuerCount: 64, seconds: 0.3, warmupSeconds: 0.1 } as const;

t.test("reserves on a shard in this process are measured, and the store holds what was told", async (t) => {
  const load = await CommitPathLoad.open(flags, temporaryDirectory(t), systemClock);
  const alone = await load.measure("alone", 1, 1);
  const pipelined = await load.measure("pipelined", 256, 4);
  t.same(await load.audit(), []);
  t.equal(alone.metrics.recordsPerFrame, 1);
  t.ok(pipelined.metrics.recordsPerFrame >= 256);
  for (const [name, value] of Object.entries({ ...alone.metrics, ...pipelined.metrics }))
    t.ok(Number.isFinite(value) && value >= 0, `${name} is ${value}`);
  t.ok(pipelined.metrics.reservationsPerSecond > 0);
});
