import type { Checksums } from "../shard/checksums.ts";
import { type Frame, parseFrame } from "../shard/frame.ts";
import type { DiskFile } from "./disk.ts";
import { ENVELOPE_BYTES, readEnvelope } from "./envelope.ts";
import type { SegmentHeader } from "./segment-header.ts";
import type { FramePlacement } from "./segment-index.ts";
import type { EntryFault } from "./segment-scan.ts";

/** Reads and verifies the frame at a known place, in bytes of its own. */
export function readPlacedFrame(
  file: DiskFile,
  header: SegmentHeader,
  placement: FramePlacement,
  checksums: Checksums,
): Frame | EntryFault {
  const entry = new Uint8Array(ENVELOPE_BYTES + placement.length);
  if (file.read(entry, placement.offset) < entry.byteLength) return "short";
  const envelope = readEnvelope(entry, header.segmentId, checksums);
  if (envelope === undefined) return "envelope";
  if (envelope.frameLength !== placement.length) return "frame-length";
  const frame = parseFrame(entry, ENVELOPE_BYTES, checksums);
  if (typeof frame === "string") return frame;
  return frame.firstLsn === placement.firstLsn && frame.lastLsn === placement.lastLsn ? frame : "sequence";
}
