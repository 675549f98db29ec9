import { nodeChecksums } from "../../node/wal/checksums.ts";
import type { Disk } from "../../node/wal/disk.ts";
import { bytesEqual } from "../../node/shard/checksums.ts";
import type { Frame } from "../../node/shard/frame.ts";
import { LogReader } from "../../node/wal/log-reader.ts";
import { LOG_START, type LogTail, tailOf } from "../../node/wal/log-tail.ts";
import type { RecoveredLog } from "../../node/wal/recovery.ts";
import { recoverTestLog, SHARD_DIRECTORY } from "../support/test-log.ts";

/** A promise of the log that a recovery broke. */
export class BrokenPromise extends Error {}

/**
 * What a recovery owes at any moment of a run: every synced record, nothing but records that were
 * written, in order, and a log that opens.
 */
export class LogPromises {
  /** Frames that may be in the log, by first LSN, in their order. */
  readonly #frames = new Map<number, Frame>();
  /** The log has to end here or later. */
  #syncedLsn = 0;
  /** The log has to begin here or before. */
  #firstLsnMax = 1;
  /** Where a reset that is under way would put the log's beginning. */
  #resetBase: LogTail | undefined = LOG_START;
  /** Synced bytes were damaged on purpose: the log may be found corrupt, and then nothing else is owed. */
  mayBeCorrupt = false;

  /** Frames from an LSN through another, as they were written. */
  frames(firstLsn: number, lastLsn: number): Frame[] {
    return [...this.#frames.values()].filter(
      (frame) => frame.firstLsn >= firstLsn && frame.lastLsn <= lastLsn,
    );
  }

  appending(frames: readonly Frame[]): void {
    for (const frame of frames) this.#frames.set(frame.firstLsn, frame);
  }

  synced(lsn: number): void {
    this.#syncedLsn = lsn;
  }

  cutting(lsn: number): void {
    this.#syncedLsn = lsn;
  }

  cut(lsn: number): void {
    for (const firstLsn of this.#frames.keys()) if (firstLsn > lsn) this.#frames.delete(firstLsn);
  }

  truncatingBefore(lsn: number): void {
    this.#firstLsnMax = lsn;
  }

  resetting(base: LogTail): void {
    this.#resetBase = base;
  }

  reset(base: LogTail): void {
    this.#frames.clear();
    this.#resetBase = undefined;
    this.#syncedLsn = base.lsn;
    this.#firstLsnMax = base.lsn + 1;
  }

  /** A recovery ended what was under way, and made durable what it found. */
  recovered(recovered: RecoveredLog): void {
    if (this.#isResetOutcome(recovered)) this.reset(recovered.tail);
    this.#resetBase = undefined;
    this.#syncedLsn = recovered.tail.lsn;
    this.cut(recovered.tail.lsn);
  }

  /** Recovers a disk and checks the outcome; returns it. */
  check(disk: Disk): RecoveredLog {
    const read: LogTail[] = [];
    const recovered = recoverTestLog(disk, { visit: (frame) => read.push(tailOf(frame)) });
    if (recovered.verdict.kind === "corrupt") {
      if (this.mayBeCorrupt) return recovered;
      throw new BrokenPromise(`found corrupt: ${JSON.stringify(recovered.verdict)}`);
    }
    if (this.#isResetOutcome(recovered)) return recovered;
    this.#checkFrames(read);
    const { tail } = recovered;
    if (tail.lsn < this.#syncedLsn)
      throw new BrokenPromise(`ends at ${tail.lsn}, synced was ${this.#syncedLsn}`);
    const firstLsn = recovered.segments[0].segment;
    if (firstLsn > this.#firstLsnMax)
      throw new BrokenPromise(`begins at ${firstLsn}, not ${this.#firstLsnMax}`);
    return recovered;
  }

  /** Reads every frame of a recovered log through a reader. */
  checkReading(disk: Disk, recovered: RecoveredLog): void {
    const { segments } = recovered;
    const options = {
      disk,
      shardDirectory: SHARD_DIRECTORY,
      checksums: nodeChecksums,
      cacheBytes: 0,
      segments,
    };
    const reader = new LogReader(options);
    const frames = reader.framesFrom(reader.firstLsn, Number.POSITIVE_INFINITY);
    this.#checkFrames(frames.map(tailOf));
    if (reader.lastLsn !== recovered.tail.lsn) throw new BrokenPromise(`reads to ${reader.lastLsn}`);
    reader.close();
  }

  #checkFrames(read: readonly LogTail[]): void {
    const known = new Map([...this.#frames.values()].map((frame) => [frame.lastLsn, frame.chain]));
    for (const { lsn, chain } of read) {
      const written = known.get(lsn);
      if (written === undefined || !bytesEqual(written, chain))
        throw new BrokenPromise(`LSN ${lsn} was never written`);
    }
  }

  #isResetOutcome({ tail, segments }: RecoveredLog): boolean {
    const base = this.#resetBase;
    if (base === undefined || tail.lsn !== base.lsn) return false;
    return bytesEqual(tail.chain, base.chain) && segments.every(({ count }) => count === 0);
  }
}
