import type { Checksums } from "../shard/checksums.ts";
import type { Disk, DiskFile } from "./disk.ts";
import { NEXT_SEGMENT, segmentName } from "./log-files.ts";
import { encodeSegmentHeader, SEGMENT_DATA_OFFSET, type SegmentHeader } from "./segment-header.ts";
import { zeroFill } from "./zero-fill.ts";

/** Sizes of segment files: small for the many idle shards, large where a small one fills fast. */
export type SegmentSizing = {
  readonly bytesMin: number;
  readonly bytesMax: number;
  /** A segment that filled within this time doubles the size of the next. */
  readonly growWithinMs: number;
};

export const SEGMENT_SIZING: SegmentSizing = {
  bytesMin: 1024 * 1024,
  bytesMax: 64 * 1024 * 1024,
  growWithinMs: 5000,
};

/**
 * Makes segment files ahead of their use: zero-filled under a temporary name in paced pieces,
 * each made durable at once so that no later sync pays for it. Overwriting written zeros needs no
 * new blocks and no change of file size, so a commit costs one flush and cannot run out of space.
 */
export class NextSegment {
  readonly #disk: Disk;
  readonly #directory: string;
  readonly #sizing: SegmentSizing;
  #sizeBytes: number;
  #file: DiskFile | undefined;
  #filledBytes = 0;

  constructor(disk: Disk, directory: string, sizing: SegmentSizing) {
    this.#disk = disk;
    this.#directory = directory;
    this.#sizing = sizing;
    this.#sizeBytes = sizing.bytesMin;
  }

  /** Zero-fills one piece of at most so many bytes; returns how many are still to do. */
  prepare(budgetBytes: number): number {
    const piece = Math.min(budgetBytes, this.#sizeBytes - this.#filledBytes);
    if (piece > 0) this.#fill(piece);
    return this.#sizeBytes - this.#filledBytes;
  }

  /** Tells how long the segment in use took to fill: fast ones make the next one larger. */
  filledIn(elapsedMs: number): void {
    if (elapsedMs >= this.#sizing.growWithinMs) return;
    this.#sizeBytes = Math.min(this.#sizeBytes * 2, this.#sizing.bytesMax);
  }

  /**
   * Turns what is prepared into a segment with room for at least one entry of so many bytes, and
   * makes its header and then its name durable. A segment that is needed before it is complete is
   * used at the size it has, so that a commit never waits for a large zero-fill.
   */
  take(header: SegmentHeader, entryBytes: number, checksums: Checksums): DiskFile {
    const needed = Math.max(SEGMENT_DATA_OFFSET + entryBytes, this.#sizing.bytesMin);
    if (this.#filledBytes < needed) this.#fill(needed - this.#filledBytes);
    const file = this.#opened();
    file.write([encodeSegmentHeader(header, checksums)], 0);
    file.syncData();
    const path = `${this.#directory}/${segmentName(header.base.lsn + 1)}`;
    this.#disk.rename(`${this.#directory}/${NEXT_SEGMENT}`, path);
    this.#disk.syncDirectory(this.#directory);
    file.close();
    this.#file = undefined;
    this.#filledBytes = 0;
    return this.#disk.openFile(path, "write");
  }

  close(): void {
    this.#file?.close();
    this.#file = undefined;
  }

  #fill(bytes: number): void {
    const file = this.#opened();
    zeroFill(file, this.#filledBytes, this.#filledBytes + bytes);
    file.syncData();
    this.#filledBytes += bytes;
  }

  #opened(): DiskFile {
    this.#file ??= this.#disk.createFile(`${this.#directory}/${NEXT_SEGMENT}`);
    return this.#file;
  }
}
