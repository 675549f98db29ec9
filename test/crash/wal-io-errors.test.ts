import t from "tap";
import { seededRandom } from "../../common/random.ts";
import { DiskError } from "../../node/wal/disk.ts";
import { type DiskFault, SimDisk } from "../support/sim-disk.ts";
import { LogPromises } from "./log-promises.ts";
import { LogScript } from "./log-script.ts";

/** Enough for rotations, cuts, restarts, a repair and a reset. */
const COMMITS = 100;

/** Lives through one fault: true when it was beyond the last call of the run. */
function liveThrough(fault: DiskFault): boolean {
  const disk = new SimDisk();
  const promises = new LogPromises();
  disk.setFault(fault);
  survives(() => new LogScript(disk, promises, seededRandom(4)).run(COMMITS));
  if (disk.calls < fault.atCall) return true;
  if (fault.isSticky) survives(() => promises.check(disk));
  disk.setFault(undefined);
  checkRestart(disk, promises);
  return false;
}

/** A process comes back on the page cache of the failed one; what it then counts as durable is. */
function checkRestart(disk: SimDisk, promises: LogPromises): void {
  const restarted = promises.check(disk);
  if (restarted.verdict.kind === "corrupt") return;
  promises.checkReading(disk, restarted);
  promises.synced(Math.max(promises.syncedLsn, restarted.tail.lsn));
  promises.check(disk.crashed(() => 0));
}

/** Runs something that may fail on the disk, and in no other way. */
function survives(run: () => void): void {
  try {
    run();
  } catch (error) {
    if (!(error instanceof DiskError)) throw error;
  }
}

for (const code of ["EIO", "ENOSPC"]) {
  for (const isSticky of [false, true]) {
    t.test(`any call may fail with ${code}, ${isSticky ? "from then on" : "once"}`, async (t) => {
      let atCall = 1;
      while (!liveThrough({ atCall, code, isSticky })) atCall++;
      t.ok(atCall > 1000, `${atCall - 1} calls`);
    });
  }
}
