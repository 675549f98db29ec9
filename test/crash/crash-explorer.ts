import { seededRandom } from "../../common/random.ts";
import { WalWriter } from "../../node/wal/wal-writer.ts";
import { FrameChain } from "../support/frame-chain.ts";
import type { CrashChoice, SimDisk } from "../support/sim-disk.ts";
import { recoverTestLog, writerOptions } from "../support/test-log.ts";
import { crashChoices } from "./crash-choices.ts";
import { BrokenPromise, type LogPromises } from "./log-promises.ts";

/** Calls a recovery may make when there is nothing to do. */
const HARMLESS = /^(list|open|read|sync-directory) /;
/** The costlier checks are made on every so many states. */
const READ_EVERY = 3;
const GO_ON_EVERY = 5;

/** Explores what crashes can leave behind: each state is recovered, crashed on the way, recovered again. */
export class CrashExplorer {
  readonly #promises: LogPromises;
  readonly #random = seededRandom(1);
  /** States recovered; those whose recovery changed the disk; crashes within such recoveries. */
  states = 0;
  repaired = 0;
  crashedAgain = 0;

  constructor(promises: LogPromises) {
    this.#promises = promises;
  }

  /** Every n-th of the crashes that can happen now. */
  crashNow(disk: SimDisk, everyNth: number): void {
    for (const [i, choice] of [...crashChoices(disk.unsynced(), this.#random)].entries()) {
      if (i % everyNth === 0) this.crash(disk, choice);
    }
  }

  crash(disk: SimDisk, choice: CrashChoice): void {
    this.states++;
    const survivor = disk.crashed(choice);
    const calls = this.#recoverCrashing(survivor);
    if (calls.every((call) => HARMLESS.test(call))) return;
    this.repaired++;
    this.#checkSecondRecovery(survivor);
    if (this.states % GO_ON_EVERY === 0) this.#checkGoingOn(survivor);
  }

  /** Recovers; from a crash before each of its syncs as well. Returns the calls it made. */
  #recoverCrashing(disk: SimDisk): string[] {
    const calls: string[] = [];
    disk.beforeCall = (call) => {
      calls.push(call);
      if (call.startsWith("sync ")) this.#crashAgain(disk);
    };
    const recovered = this.#promises.check(disk);
    disk.beforeCall = undefined;
    const isRead = this.states % READ_EVERY === 0 && recovered.verdict.kind !== "corrupt";
    if (isRead) this.#promises.checkReading(disk, recovered);
    return calls;
  }

  /** The possible crashes take turns. */
  #crashAgain(disk: SimDisk): void {
    const choices = [...crashChoices(disk.unsynced(), this.#random)];
    this.crashedAgain++;
    this.#promises.check(disk.crashed(choices[this.crashedAgain % choices.length]));
  }

  #checkSecondRecovery(disk: SimDisk): void {
    disk.beforeCall = (call) => {
      if (!HARMLESS.test(call)) throw new BrokenPromise(`second recovery does ${call}`);
    };
    recoverTestLog(disk);
    disk.beforeCall = undefined;
  }

  /** The recovered log takes another record. */
  #checkGoingOn(disk: SimDisk): void {
    const recovered = recoverTestLog(disk);
    if (recovered.verdict.kind === "corrupt" || recovered.identity === undefined) return;
    const writer = new WalWriter(writerOptions(disk), recovered);
    const frame = new FrameChain(writer.tail).next(2);
    writer.append([frame]);
    writer.sync();
    const { tail, verdict } = recoverTestLog(disk.crashed(() => 0));
    if (tail.lsn !== frame.lastLsn) throw new BrokenPromise(`${verdict.kind}, the new record is lost`);
  }
}
