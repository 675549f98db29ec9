import t from "tap";
import { systemClock } from "../../common/clock.ts";
import { DataDirectory } from "../../node/data-directory.ts";
import { systemTimers } from "../../node/runtime/timers.ts";
import { temporaryDirectory } from "../support/temporary-directory.ts";

function directoryAt(dataDirectory: string): DataDirectory {
  const options = { dataDirectory, laneCount: 1, ballastBytes: 0, clock: systemClock, onFailure: () => {} };
  return new DataDirectory(options, systemClock, systemTimers);
}

t.test("a directory that another process is about to let go of is waited for", async (t) => {
  const path = temporaryDirectory(t);
  const before = directoryAt(path);
  await before.run();
  const after = directoryAt(path);
  const running = after.run();
  await new Promise((resolve) => setTimeout(resolve, 200));
  await before.stop();
  await running;
  t.equal(after.lanes.identity, undefined);
  await after.stop();
});

t.test("a directory that stays in use is refused", async (t) => {
  const path = temporaryDirectory(t);
  const owner = directoryAt(path);
  await owner.run();
  const intruder = directoryAt(path);
  await t.rejects(intruder.run(), { name: "StorageError", fault: "locked" });
  await intruder.stop();
  await owner.stop();
});
