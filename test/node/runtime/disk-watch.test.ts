import t from "tap";
import { DiskWatch } from "../../../node/runtime/disk-watch.ts";
import type { DiskProbe } from "../../../node/runtime/lane-messages.ts";
import { RecordingLog } from "../../support/recording-log.ts";

const probeOf = (freePercent: number): DiskProbe => ({ syncMs: 1, freeBytes: freePercent, totalBytes: 100 });

t.test("a change of the room left is reported once", async (t) => {
  let freePercent = 50;
  const verdicts: string[] = [];
  const log = new RecordingLog();
  const watch = new DiskWatch(
    async () => [probeOf(freePercent)],
    (verdict) => verdicts.push(verdict),
    log,
  );
  await watch.check();
  t.same(verdicts, []);
  for (const percent of [10, 9, 50, 50]) {
    freePercent = percent;
    await watch.check();
  }
  t.same(verdicts, ["refuse", "ok"]);
  t.equal(watch.verdict, "ok");
  t.same(log.events, ["disk_space", "disk_space"]);
});

t.test("a probe that is still under way is not repeated", async (t) => {
  const probe = Promise.withResolvers<DiskProbe[]>();
  let count = 0;
  const watch = new DiskWatch(
    () => {
      count++;
      return probe.promise;
    },
    () => {},
    new RecordingLog(),
  );
  const first = watch.check();
  await watch.check();
  t.equal(count, 1);
  probe.resolve([probeOf(50)]);
  await first;
  await watch.check();
  t.equal(count, 2);
});
