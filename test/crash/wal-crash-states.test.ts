import t from "tap";
import { seededRandom } from "../../common/random.ts";
import { WalWriter } from "../../node/wal/wal-writer.ts";
import { FrameChain } from "../support/frame-chain.ts";
import { type CrashChoice, SimDisk } from "../support/sim-disk.ts";
import { recoverTestLog, writerOptions } from "../support/test-log.ts";
import { byteChoices, crashChoices } from "./crash-choices.ts";
import { BrokenPromise, LogPromises } from "./log-promises.ts";
import { LogScript } from "./log-script.ts";

const COMMITS = 300;
const STATES_MIN = 10_000;
/** Crashes tried at each sync of each recovery; which ones takes turns. */
const CRASHES_WITHIN = 1;
/** Calls a recovery may make when there is nothing to do. */
const HARMLESS = /^(list|open|read|sync-directory) /;

/** Explores what a crash at the moments of one run can leave behind. */
class Explorer {
  readonly random = seededRandom(1);
  readonly promises: LogPromises;
  states = 0;
  /** States whose recovery changed the disk, and crashes within such recoveries. */
  repaired = 0;
  crashedAgain = 0;

  constructor(promises: LogPromises) {
    this.promises = promises;
  }

  /** Every crash that can happen now. */
  crashNow(disk: SimDisk): void {
    for (const choice of crashChoices(disk.unsynced(), this.random)) this.crash(disk, choice);
  }

  crash(disk: SimDisk, choice: CrashChoice): void {
    this.states++;
    const survivor = disk.crashed(choice);
    const calls = this.#recoverCrashing(survivor);
    if (calls.every((call) => HARMLESS.test(call))) return;
    this.repaired++;
    this.#checkSecondRecovery(survivor);
    if (this.states % 5 === 0) this.#checkGoingOn(survivor);
  }

  /** Recovers, crashing at each sync on the way in a few ways and recovering from that too. */
  #recoverCrashing(disk: SimDisk): string[] {
    const calls: string[] = [];
    disk.beforeCall = (call) => {
      calls.push(call);
      if (call.startsWith("sync ")) this.#crashAgain(disk);
    };
    const recovered = this.promises.check(disk);
    disk.beforeCall = undefined;
    if (recovered.verdict.kind !== "corrupt") this.promises.checkReading(disk, recovered);
    return calls;
  }

  #crashAgain(disk: SimDisk): void {
    const choices = [...crashChoices(disk.unsynced(), this.random)];
    for (let i = 0; i < Math.min(CRASHES_WITHIN, choices.length); i++) {
      this.crashedAgain++;
      this.promises.check(disk.crashed(choices[this.crashedAgain % choices.length]));
    }
  }

  #checkSecondRecovery(disk: SimDisk): void {
    disk.beforeCall = (call) => {
      if (!HARMLESS.test(call)) throw new BrokenPromise(`second recovery does ${call}`);
    };
    recoverTestLog(disk);
    disk.beforeCall = undefined;
  }

  #checkGoingOn(disk: SimDisk): void {
    const recovered = recoverTestLog(disk);
    if (recovered.verdict.kind === "corrupt" || recovered.identity === undefined) return;
    const writer = new WalWriter(writerOptions(disk), recovered);
    const frame = new FrameChain(writer.tail).next(2);
    writer.append([frame]);
    writer.sync();
    const { tail, verdict } = recoverTestLog(disk.crashed(() => 0));
    if (tail.lsn !== frame.lastLsn) throw new BrokenPromise(`${verdict.kind}, new record is lost`);
  }
}

t.test("no crash loses a synced record or leaves a log that does not open", async (t) => {
  const disk = new SimDisk();
  const explorer = new Explorer(new LogPromises());
  disk.beforeCall = (call) => {
    if (call.startsWith("sync")) explorer.crashNow(disk);
  };
  new LogScript(disk, explorer.promises, seededRandom(2)).run(COMMITS);
  const { states, repaired, crashedAgain } = explorer;
  t.comment(`${states} states, ${repaired} of them repaired, ${crashedAgain} crashes within recoveries`);
  t.ok(states >= STATES_MIN, `${states} states`);
  t.ok(repaired > 0 && crashedAgain > 0, "recoveries had work to do and were interrupted");
});

t.test("the last two frames may be torn at any byte", async (t) => {
  const disk = new SimDisk();
  const explorer = new Explorer(new LogPromises());
  const script = new LogScript(disk, explorer.promises, seededRandom(3));
  script.run(12);
  const recovered = recoverTestLog(disk);
  const writer = new WalWriter(writerOptions(disk), recovered);
  const chain = new FrameChain(writer.tail);
  for (const frame of [chain.next(3, { labels: '{"desk":"rates"}' }), chain.next(2)]) {
    explorer.promises.appending([frame]);
    writer.append([frame]);
  }
  for (const change of disk.unsynced()) {
    for (const choice of byteChoices(change)) explorer.crash(disk, choice);
  }
  t.ok(explorer.states > 1000, `${explorer.states} states`);
});
