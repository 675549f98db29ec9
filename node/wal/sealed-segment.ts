import type { Checksums } from "../shard/checksums.ts";
import { type Disk, DiskError } from "./disk.ts";
import { decodeIndex, encodeIndex, type SealedIndex } from "./index-file.ts";
import { indexName, readWholeFile } from "./log-files.ts";
import type { SegmentHeader } from "./segment-header.ts";

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
