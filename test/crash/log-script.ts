import type { Random } from "../../common/random.ts";
import { nodeChecksums } from "../../node/wal/checksums.ts";
import { LOG_START } from "../../node/wal/log-tail.ts";
import { SEGMENT_DATA_OFFSET } from "../../node/wal/segment-header.ts";
import { rebuildSegment } from "../../node/wal/segment-rebuild.ts";
import { WalWriter } from "../../node/wal/wal-writer.ts";
import { FrameChain, TEST_IDENTITY } from "../support/frame-chain.ts";
import type { SimDisk } from "../support/sim-disk.ts";
import { SHARD_DIRECTORY, segmentPath, writerOptions } from "../support/test-log.ts";
import { BrokenPromise, type LogPromises } from "./log-promises.ts";

const FRAME_RECORDS_MAX = 10;
const CUT_RECORDS_MAX = 50;
const KEPT_RECORDS_MIN = 60;
const PREPARE_BYTES = 4096;

/**
 * A life of one log: group commits, now and then with several rounds before a sync, rotation,
 * truncation at both ends, marks, restarts, a reset, damage and its repair. The promises are
 * brought up to date around each step, so that they hold at every call to the disk in between.
 */
export class LogScript {
  readonly #disk: SimDisk;
  readonly #promises: LogPromises;
  readonly #random: Random;
  #writer: WalWriter;
  #chain = new FrameChain();

  constructor(disk: SimDisk, promises: LogPromises, random: Random) {
    this.#disk = disk;
    this.#promises = promises;
    this.#random = random;
    this.#writer = this.#open();
    this.#reset(LOG_START);
  }

  /** @param haste how much more often than usual other things happen between commits */
  run(commits: number, haste = 1): void {
    for (let commit = 1; commit <= commits; commit++) {
      const isTimeFor = (every: number) => commit % Math.ceil(every / haste) === 0;
      this.#commit();
      this.#writer.prepareNext(PREPARE_BYTES);
      if (isTimeFor(7)) this.#mark();
      if (isTimeFor(11)) this.#truncateBefore();
      if (isTimeFor(23)) this.#truncateAfter();
      if (isTimeFor(29)) this.#restart();
      if (isTimeFor(79)) this.#reset(this.#writer.tail);
      if (isTimeFor(97)) this.#damageAndRepair();
    }
    this.#writer.close();
  }

  #commit(): void {
    const rounds = this.#random.integer(1, 2);
    for (let round = 0; round < rounds; round++) this.#append(this.#random.integer(1, 2));
    this.#sync();
  }

  #append(count: number): void {
    const frames = Array.from({ length: count }, () =>
      this.#chain.next(this.#random.integer(1, FRAME_RECORDS_MAX)),
    );
    this.#promises.appending(frames);
    this.#writer.append(frames);
  }

  #sync(): void {
    this.#writer.sync();
    this.#promises.synced(this.#writer.syncedLsn);
  }

  /** A mark beside entries that are not synced yet, which it must not vouch for. */
  #mark(): void {
    this.#append(1);
    this.#writer.mark();
    this.#sync();
  }

  #truncateBefore(): void {
    const lsn = this.#writer.tail.lsn - KEPT_RECORDS_MIN;
    if (lsn <= this.#writer.firstLsn) return;
    this.#promises.truncatingBefore(lsn);
    this.#writer.truncateBefore(lsn);
  }

  #truncateAfter(): void {
    const { tail, firstLsn } = this.#writer;
    const wanted = Math.max(firstLsn, tail.lsn - this.#random.integer(0, CUT_RECORDS_MAX));
    const cut = this.#promises.frames(firstLsn, tail.lsn).find((frame) => frame.lastLsn >= wanted);
    if (cut === undefined) return;
    this.#promises.cutting(cut.lastLsn);
    this.#writer.truncateAfter(cut.lastLsn);
    this.#promises.cut(cut.lastLsn);
    // Another history from here on: what was cut must not come back.
    this.#chain = new FrameChain({ ...this.#writer.tail, generation: this.#writer.tail.generation + 1 });
  }

  /** The process dies between write and sync, and comes back on the same page cache. */
  #restart(): void {
    this.#append(2);
    this.#writer = this.#open();
    this.#promises.synced(this.#writer.tail.lsn);
    this.#chain = new FrameChain(this.#writer.tail);
  }

  #reset(base: typeof LOG_START): void {
    this.#promises.resetting(base);
    this.#writer.reset(TEST_IDENTITY, base);
    this.#promises.reset(base);
    this.#chain = new FrameChain(base);
  }

  /** A byte of the first segment rots; the segment is rebuilt from frames a peer would have. */
  #damageAndRepair(): void {
    this.#mark();
    const { firstLsn } = this.#writer;
    this.#promises.mayBeCorrupt = true;
    this.#disk.rot(segmentPath(firstLsn), SEGMENT_DATA_OFFSET + 60, 0x10);
    const damaged = this.#promises.check(this.#disk);
    if (damaged.verdict.kind !== "corrupt" || damaged.identity === undefined)
      throw new BrokenPromise("rot not found");
    const { segment, lastLsn, isLast } = damaged.verdict;
    const { randomBytes } = writerOptions(this.#disk);
    const options = {
      disk: this.#disk,
      shardDirectory: SHARD_DIRECTORY,
      checksums: nodeChecksums,
      randomBytes,
    };
    const frames = this.#promises.frames(segment, isLast ? Number.POSITIVE_INFINITY : lastLsn);
    const copy = rebuildSegment(options, damaged.identity, damaged.verdict, frames);
    if (typeof copy === "string") throw new BrokenPromise(`segment cannot be rebuilt: ${copy}`);
    this.#promises.mayBeCorrupt = false;
    this.#writer = this.#open();
  }

  #open(): WalWriter {
    return new WalWriter(writerOptions(this.#disk), this.#promises.check(this.#disk));
  }
}
