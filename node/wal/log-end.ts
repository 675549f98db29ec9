import type { Checksums } from "../shard/checksums.ts";
import type { DiskFile } from "./disk.ts";
import { ENVELOPE_BYTES, writeEnvelope } from "./envelope.ts";
import { FileWindow } from "./file-window.ts";
import type { SegmentHeader } from "./segment-header.ts";

const COPY_BYTES = 256 * 1024;

/** What a mark says: this segment's log is durable through an LSN. */
export type Mark = { readonly header: SegmentHeader; readonly syncedLsn: number };

/**
 * Writes a mark into the space behind the last entry, where the next entry will overwrite it. Call
 * only when it is true; the mark itself is durable after a sync.
 */
export function writeMark(file: DiskFile, offset: number, mark: Mark, checksums: Checksums): void {
  const bytes = new Uint8Array(ENVELOPE_BYTES);
  writeEnvelope(bytes, mark.header.segmentId, { frameLength: 0, syncedLsn: mark.syncedLsn }, checksums);
  file.write([bytes], offset);
}

/**
 * Makes durable what a crashed process may not have synced. The bytes are written anew: after a
 * failed flush they can be in the page cache, readable and taken for clean, and never reach the
 * disk.
 */
export function rewrite(file: DiskFile, from: number, to: number): void {
  const window = new FileWindow(file);
  for (let at = from; at < to; at += COPY_BYTES) {
    file.write([window.at(at, Math.min(COPY_BYTES, to - at))], at);
  }
  file.syncData();
}
