import t from "tap";
import { seededRandom } from "../../common/random.ts";
import { DiskError } from "../../node/wal/disk.ts";
import { WalWriter } from "../../node/wal/wal-writer.ts";
import { FrameChain } from "../support/frame-chain.ts";
import { type DiskFault, SimDisk } from "../support/sim-disk.ts";
import { writerOptions } from "../support/test-log.ts";
import { LogPromises } from "./log-promises.ts";
import { LogScript } from "./log-script.ts";

/** Enough for rotations, cuts, restarts, a repair and a reset. */
const COMMITS = 50;
const HASTE = 2;

/** Lives through one fault: true when it was beyond the last call of the run. */
function liveThrough(fault: DiskFault): boolean {
  const disk = new SimDisk();
  const promises = new LogPromises();
  disk.setFault(fault);
  survives(() => new LogScript(disk, promises, seededRandom(4)).run(COMMITS, HASTE));
  if (disk.calls < fault.atCall) return true;
  if (fault.isSticky) survives(() => promises.check(disk));
  disk.setFault(undefined);
  checkRestart(disk, promises);
  return false;
}

/** A process comes back on the page cache of the failed one, and goes on; then the power is cut. */
function checkRestart(disk: SimDisk, promises: LogPromises): void {
  const recovered = promises.check(disk);
  if (recovered.verdict.kind === "corrupt") return;
  promises.checkReading(disk, recovered);
  if (recovered.identity === undefined) return;
  promises.recovered(recovered);
  promises.check(disk.crashed(() => 0));
  const writer = new WalWriter(writerOptions(disk), recovered);
  const frames = new FrameChain(writer.tail).take(2);
  promises.appending(frames);
  writer.append(frames);
  writer.sync();
  promises.synced(writer.syncedLsn);
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

// Some twenty seconds of one core; a crowded machine may take its time.
t.setTimeout(600_000);

for (const code of ["EIO", "ENOSPC"]) {
  for (const isSticky of [false, true]) {
    t.test(`any call may fail with ${code}, ${isSticky ? "from then on" : "once"}`, async (t) => {
      let atCall = 1;
      while (!liveThrough({ atCall, code, isSticky })) atCall++;
      t.ok(atCall > 500, `${atCall - 1} calls`);
    });
  }
}
