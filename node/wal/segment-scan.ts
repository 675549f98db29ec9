import type { Checksums } from "../shard/checksums.ts";
import { FRAME_BYTES_MAX, type Frame, type FrameFault, parseFrame } from "../shard/frame.ts";
import { ENVELOPE_BYTES, readEnvelope } from "./envelope.ts";
import type { FileWindow } from "./file-window.ts";
import { type LogTail, type SequenceFault, sequenceFault, tailOf } from "./log-tail.ts";
import { SEGMENT_DATA_OFFSET, type SegmentHeader } from "./segment-header.ts";
import { SegmentIndex } from "./segment-index.ts";

/** Why the bytes at a place are not the next entry of the log. */
export type EntryFault = "envelope" | "frame-length" | FrameFault | SequenceFault;

/** What was read from the start of a segment as far as it made sense. */
export type SegmentScan = {
  readonly index: SegmentIndex;
  readonly tail: LogTail;
  /** Offset behind the last valid entry. */
  readonly entriesEnd: number;
  /** What a mark there says is synced; undefined without a mark. */
  readonly markLsn: number | undefined;
  /** Offset behind the last valid entry or mark. */
  readonly end: number;
  /** Highest synced LSN of the envelopes that were read. */
  readonly syncedLsn: number;
  /** What is wrong with the bytes at `end`; undefined when the scan reached the LSN it was asked for. */
  readonly fault: EntryFault | undefined;
};

/**
 * Reads a segment entry by entry, verifying each frame, its place in the chain and its envelope,
 * through an LSN (Infinity: to the end). Frames given to the visitor are views that are valid
 * until it returns.
 */
export function scanSegment(
  window: FileWindow,
  header: SegmentHeader,
  throughLsn: number,
  checksums: Checksums,
  visit?: (frame: Frame) => void,
): SegmentScan {
  const index = new SegmentIndex(header.base.lsn + 1);
  let tail = header.base;
  let offset = SEGMENT_DATA_OFFSET;
  let syncedLsn = header.base.lsn;
  let markLsn: number | undefined;
  let fault: EntryFault | undefined;
  while (tail.lsn < throughLsn && fault === undefined) {
    const entry = readEntry(window, offset, header, tail, checksums);
    if (typeof entry === "string") {
      fault = entry;
      continue;
    }
    syncedLsn = Math.max(syncedLsn, entry.syncedLsn);
    if (entry.frame === undefined) {
      markLsn = entry.syncedLsn;
      fault = "envelope";
      continue;
    }
    index.add(entry.frame.firstLsn, entry.frame.lastLsn, offset, entry.frame.bytes.byteLength);
    tail = tailOf(entry.frame);
    offset += ENVELOPE_BYTES + entry.frame.bytes.byteLength;
    visit?.(entry.frame);
  }
  const end = markLsn === undefined ? offset : offset + ENVELOPE_BYTES;
  return { index, tail, entriesEnd: offset, markLsn, end, syncedLsn, fault };
}

type Entry = {
  /** Undefined for a mark. */
  readonly frame: Frame | undefined;
  readonly syncedLsn: number;
};

function readEntry(
  window: FileWindow,
  offset: number,
  header: SegmentHeader,
  tail: LogTail,
  checksums: Checksums,
): Entry | EntryFault {
  const envelope = readEnvelope(window.at(offset, ENVELOPE_BYTES), header.segmentId, checksums);
  if (envelope === undefined) return "envelope";
  const { frameLength, syncedLsn } = envelope;
  if (frameLength === 0) return { frame: undefined, syncedLsn };
  if (frameLength > FRAME_BYTES_MAX) return "frame-length";
  const frame = parseFrame(window.at(offset + ENVELOPE_BYTES, frameLength), 0, checksums);
  if (typeof frame === "string") return frame;
  if (frame.bytes.byteLength !== frameLength) return "frame-length";
  return sequenceFault(frame, tail, header) ?? { frame, syncedLsn };
}
