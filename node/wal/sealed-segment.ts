import type { Checksums } from "../shard/checksums.ts";
import type { Frame } from "../shard/frame.ts";
import { type Disk, DiskError, type DiskFile } from "./disk.ts";
import { FileWindow } from "./file-window.ts";
import { decodeIndex, encodeIndex, type SealedIndex } from "./index-file.ts";
import { indexName, readWholeFile } from "./log-files.ts";
import type { Corruption } from "./recovery-verdict.ts";
import { damaged, type SegmentRange } from "./segment-damage.ts";
import type { SegmentHeader } from "./segment-header.ts";
import { scanSegment } from "./segment-scan.ts";
import { surveyTail } from "./tail-survey.ts";

/** What reading the segments of one log takes. */
export type SegmentReading = {
  readonly disk: Disk;
  /** Directory of the segments. */
  readonly directory: string;
  readonly checksums: Checksums;
  readonly scanFromLsn: number;
  readonly visit?: (frame: Frame) => void;
};

/** The frames of a segment as far as they could be read, and the damage that ended it. */
export type SegmentContents = SealedIndex & { readonly damage: Corruption | undefined };

/**
 * Finds the frames of a sealed segment: from its saved index when it ends below the scan, else by
 * reading it. It was durable through its last LSN before the next segment had a name, so whatever
 * is missing is damage.
 */
export function readSealedSegment(
  { disk, directory, checksums, scanFromLsn, visit }: SegmentReading,
  file: DiskFile,
  header: SegmentHeader,
  range: SegmentRange,
): SegmentContents {
  const { lastLsn } = range;
  const saved = loadIndex(disk, directory, header, lastLsn, checksums);
  if (saved !== undefined && lastLsn < scanFromLsn) return { ...saved, damage: undefined };
  const window = new FileWindow(file);
  const scan = scanSegment(window, header, lastLsn, checksums, visit);
  const index = { columns: scan.index.columns(), tail: scan.tail };
  if (scan.tail.lsn !== lastLsn) {
    const survey = surveyTail(window, scan.end, header, checksums);
    return { ...index, damage: damaged(scan, survey, header, range) };
  }
  if (saved === undefined) saveIndex(disk, directory, index, header.segmentId, checksums);
  return { ...index, damage: undefined };
}

/** The saved index of a sealed segment through its last LSN; undefined when it is absent or stale. */
export function loadIndex(
  disk: Disk,
  directory: string,
  header: SegmentHeader,
  lastLsn: number,
  checksums: Checksums,
): SealedIndex | undefined {
  const bytes = readWholeFile(disk, `${directory}/${indexName(header.base.lsn + 1)}`);
  return bytes && decodeIndex(bytes, header, lastLsn, checksums);
}

/**
 * Saves the index of a sealed segment beside it, so that a restart need not read the segment. It
 * is a cache: not synced, believed only when checksum, segment id and LSN range fit, and rebuilt
 * otherwise. For the same reason a full disk only means that the next restart reads the segment.
 */
export function saveIndex(
  disk: Disk,
  directory: string,
  index: SealedIndex,
  segmentId: Uint8Array,
  checksums: Checksums,
): void {
  const path = `${directory}/${indexName(index.columns.segment)}`;
  disk.remove(path);
  try {
    const file = disk.createFile(path);
    file.write([encodeIndex(index, segmentId, checksums)], 0);
    file.close();
  } catch (error) {
    if (!(error instanceof DiskError && error.code === "ENOSPC")) throw error;
  }
}
