import type { Checksums } from "../shard/checksums.ts";
import { parseFrame } from "../shard/frame.ts";
import { ENVELOPE_BYTES, ENVELOPE_MAGIC, readEnvelope } from "./envelope.ts";
import type { FileWindow } from "./file-window.ts";
import type { SegmentHeader } from "./segment-header.ts";
import { isZero } from "./zero-fill.ts";

const BLOCK_BYTES = 64 * 1024;
const ENTRY_ALIGNMENT = 8;

/** What lies behind the place where a segment stopped making sense. */
export type TailSurvey = {
  /** Offset behind the last byte that is not zero; the start when all are. */
  readonly nonZeroEnd: number;
  /** Highest synced LSN of the valid envelopes there, 0 without any. */
  readonly syncedLsn: number;
  /** First and last LSN of the whole frames there, 0 without any. */
  readonly firstFrameLsn: number;
  readonly lastFrameLsn: number;
};

/**
 * Looks through the rest of a segment for what an unfinished write, or damage, left standing.
 * Entries are found by their envelopes: the random segment id in each keeps stored user bytes
 * from passing for one.
 */
export function surveyTail(
  window: FileWindow,
  from: number,
  header: SegmentHeader,
  checksums: Checksums,
): TailSurvey {
  const found = { nonZeroEnd: from, syncedLsn: 0, firstFrameLsn: 0, lastFrameLsn: 0 };
  for (let block = from; block < window.size; block += BLOCK_BYTES) {
    const bytes = window.at(block, BLOCK_BYTES);
    if (isZero(bytes)) continue;
    found.nonZeroEnd = block + nonZeroLength(bytes);
    for (const offset of envelopeCandidates(bytes)) {
      const envelope = readEnvelope(window.at(block + offset, ENVELOPE_BYTES), header.segmentId, checksums);
      if (envelope === undefined) continue;
      found.syncedLsn = Math.max(found.syncedLsn, envelope.syncedLsn);
      const frame = parseFrame(
        window.at(block + offset + ENVELOPE_BYTES, envelope.frameLength),
        0,
        checksums,
      );
      if (typeof frame === "string") continue;
      found.firstFrameLsn ||= frame.firstLsn;
      found.lastFrameLsn = Math.max(found.lastFrameLsn, frame.lastLsn);
    }
  }
  return found;
}

function nonZeroLength(bytes: Uint8Array): number {
  let length = bytes.byteLength;
  while (length > 0 && bytes[length - 1] === 0) length--;
  return length;
}

/** Offsets of a block where the envelope's magic stands; entries begin at multiples of eight. */
function envelopeCandidates(bytes: Uint8Array): number[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const offsets: number[] = [];
  for (let at = 0; at + 4 <= bytes.byteLength; at += ENTRY_ALIGNMENT) {
    if (view.getUint32(at, true) === ENVELOPE_MAGIC) offsets.push(at);
  }
  return offsets;
}
