import { assert } from "../../common/assert.ts";
import type { Checksums } from "../shard/checksums.ts";
import type { Frame, FrameRows } from "../shard/frame.ts";
import type { LogView } from "../shard/log-view.ts";
import type { Disk } from "./disk.ts";
import { FrameCache } from "./frame-cache.ts";
import { FrameDirectory } from "./frame-directory.ts";
import { walDirectory } from "./log-files.ts";
import { SegmentFiles } from "./segment-files.ts";
import type { FramePlacement, SegmentColumns } from "./segment-index.ts";

export type LogReaderOptions = {
  readonly disk: Disk;
  readonly shardDirectory: string;
  readonly checksums: Checksums;
  /** Bound of the frames kept in memory. */
  readonly cacheBytes: number;
  /** Frames of a recovered log, as the recovery returned them. */
  readonly segments: readonly SegmentColumns[];
};

/**
 * Reads the log of one shard by LSN, synchronously: recent frames from memory, the others from
 * the segment files, verified. A frame is readable from {@link note} on; {@link place} tells later
 * where the lane has put it. Every method that reads may throw `WalCorruption` or `DiskError`.
 *
 * Invariant: the frames without a place continue those that have one, and stay in memory until then.
 */
export class LogReader implements LogView {
  readonly #files: SegmentFiles;
  readonly #cache: FrameCache;
  readonly #placed: FrameDirectory;
  #unplaced: Frame[] = [];
  /** The frame read last: rows are mostly asked for one behind the other. */
  #latest: Frame | undefined;

  constructor({ disk, shardDirectory, checksums, cacheBytes, segments }: LogReaderOptions) {
    this.#files = new SegmentFiles(disk, walDirectory(shardDirectory), checksums);
    this.#cache = new FrameCache(cacheBytes);
    this.#placed = new FrameDirectory(segments);
  }

  get firstLsn(): number {
    return this.#placed.firstLsn;
  }

  /** Last LSN that can be read, `firstLsn − 1` when there is none. */
  get lastLsn(): number {
    return this.#unplaced.at(-1)?.lastLsn ?? this.#placed.lastLsn;
  }

  frameAt(lsn: number): Frame {
    const latest = this.#latest;
    if (latest !== undefined && lsn >= latest.firstLsn && lsn <= latest.lastLsn) return latest;
    this.#latest = this.#frame(lsn, true);
    return this.#latest;
  }

  /** Row accessors of the frame that holds an LSN, the same object while the frame is in memory. */
  rowsAt(lsn: number): FrameRows {
    return this.#cache.rowsOf(this.frameAt(lsn));
  }

  /**
   * Frames from the one that holds an LSN on, at least one and no more than fit into so many
   * bytes; none when the log ends before. Reading far back does not displace recent frames.
   */
  framesFrom(lsn: number, bytesMax: number): Frame[] {
    const frames: Frame[] = [];
    let bytes = 0;
    for (let next = lsn; next <= this.lastLsn; ) {
      const frame = this.#frame(next, false);
      bytes += frame.bytes.byteLength;
      if (frames.length > 0 && bytes > bytesMax) break;
      frames.push(frame);
      next = frame.lastLsn + 1;
    }
    return frames;
  }

  /** Adds the next frame of the log before it is on disk. */
  note(frame: Frame): void {
    assert(frame.firstLsn === this.lastLsn + 1, "frames of a log are dense");
    this.#unplaced.push(frame);
    this.#cache.add(frame);
  }

  /** Tells where the first frame without a place was written. */
  place(placement: FramePlacement): void {
    const frame = this.#unplaced.shift();
    assert(frame?.firstLsn === placement.firstLsn, "frames are placed in order");
    this.#placed.add(placement);
  }

  /** Forgets the records behind an LSN after the log was cut there. */
  truncateAfter(lsn: number): void {
    assert(this.#unplaced.length === 0, "a log is cut when nothing is being written");
    this.#placed.truncateAfter(lsn);
    this.#cache.truncateAfter(lsn);
    this.#latest = undefined;
    this.#files.close((segment) => segment > lsn);
  }

  /** Forgets the segments that were removed because they held only records below an LSN. */
  truncateBefore(lsn: number): void {
    this.#placed.truncateBefore(lsn);
    this.#files.close((segment) => segment < this.firstLsn);
  }

  close(): void {
    this.#files.close();
  }

  #frame(lsn: number, keep: boolean): Frame {
    if (lsn > this.#placed.lastLsn) return this.#unplacedFrame(lsn);
    const placement = this.#placed.find(lsn);
    const cached = this.#cache.get(placement.firstLsn);
    if (cached !== undefined) return cached;
    const frame = this.#files.frame(placement);
    if (keep) this.#cache.add(frame);
    return frame;
  }

  #unplacedFrame(lsn: number): Frame {
    const frame = this.#unplaced.find((candidate) => lsn <= candidate.lastLsn);
    assert(frame !== undefined, `LSN ${lsn} is behind the end of the log`);
    return frame;
  }
}
