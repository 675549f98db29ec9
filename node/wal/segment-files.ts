import type { Checksums } from "../shard/checksums.ts";
import type { Frame } from "../shard/frame.ts";
import type { Disk, DiskFile } from "./disk.ts";
import { readPlacedFrame } from "./frame-read.ts";
import { segmentName } from "./log-files.ts";
import { readSegmentHeader, type SegmentHeader } from "./segment-header.ts";
import type { FramePlacement } from "./segment-index.ts";
import { WalCorruption } from "./wal-corruption.ts";

type OpenSegment = { readonly file: DiskFile; readonly header: SegmentHeader };

/** Segment files held open for reading; a few at a time, the one unused for longest is closed. */
const OPEN_SEGMENTS_MAX = 4;

/** Reads frames out of the segment files of one log. */
export class SegmentFiles {
  readonly #disk: Disk;
  readonly #directory: string;
  readonly #checksums: Checksums;
  readonly #open = new Map<number, OpenSegment>();

  constructor(disk: Disk, directory: string, checksums: Checksums) {
    this.#disk = disk;
    this.#directory = directory;
    this.#checksums = checksums;
  }

  /** Header of a segment by its first LSN. Throws {@link WalCorruption}. */
  header(firstLsn: number): SegmentHeader {
    return this.#segment(firstLsn).header;
  }

  /** Reads and verifies one frame. Throws {@link WalCorruption}: bytes that do not verify are never returned. */
  frame(placement: FramePlacement): Frame {
    const { file, header } = this.#segment(placement.segment);
    const frame = readPlacedFrame(file, header, placement, this.#checksums);
    if (typeof frame !== "string") return frame;
    const { firstLsn, segment, offset } = placement;
    throw new WalCorruption({ lsn: firstLsn, segment, offset, reason: frame });
  }

  /** Closes the files of segments that were removed, or all. */
  close(isGone: (firstLsn: number) => boolean = () => true): void {
    for (const [firstLsn, { file }] of this.#open) {
      if (!isGone(firstLsn)) continue;
      file.close();
      this.#open.delete(firstLsn);
    }
  }

  #segment(firstLsn: number): OpenSegment {
    const known = this.#open.get(firstLsn);
    if (known !== undefined) {
      this.#open.delete(firstLsn);
      this.#open.set(firstLsn, known);
      return known;
    }
    const file = this.#disk.openFile(`${this.#directory}/${segmentName(firstLsn)}`, "read");
    const header = readSegmentHeader(file, this.#checksums);
    if (header?.base.lsn !== firstLsn - 1) {
      file.close();
      throw new WalCorruption({ lsn: firstLsn, segment: firstLsn, offset: 0, reason: "segment-header" });
    }
    this.#evictOldest();
    this.#open.set(firstLsn, { file, header });
    return { file, header };
  }

  #evictOldest(): void {
    if (this.#open.size < OPEN_SEGMENTS_MAX) return;
    for (const [firstLsn, { file }] of this.#open) {
      file.close();
      this.#open.delete(firstLsn);
      return;
    }
  }
}
