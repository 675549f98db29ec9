import { bytesEqual, type Checksums } from "../shard/checksums.ts";

/**
 * The 40 bytes before every frame on disk, this node's own and never replicated. The segment id
 * catches stale and misdirected data, the synced LSN tells a recovery how far this node's log was
 * durable when the entry was written. With a frame length of 0 the envelope is a *mark*: nothing
 * follows, it only records the synced LSN.
 */
export const ENVELOPE_BYTES = 40;
export const ENVELOPE_MAGIC = 0x31455048; // "HPE1"
export const SEGMENT_ID_BYTES = 16;

/** Offsets within an envelope. Integers are little-endian. */
const Envelope = { MAGIC: 0, FRAME_LENGTH: 4, SEGMENT_ID: 8, SYNCED_LSN: 24, CRC: 32, RESERVED: 36 } as const;

export type EnvelopeFields = {
  /** Bytes of the frame that follows, 0 for a mark. */
  readonly frameLength: number;
  /** Highest LSN this node knew synced on its own disk when it wrote the entry. */
  readonly syncedLsn: number;
};

/** Writes an envelope into the first 40 bytes of a target. */
export function writeEnvelope(
  target: Uint8Array,
  segmentId: Uint8Array,
  { frameLength, syncedLsn }: EnvelopeFields,
  checksums: Checksums,
): void {
  const view = new DataView(target.buffer, target.byteOffset, ENVELOPE_BYTES);
  view.setUint32(Envelope.MAGIC, ENVELOPE_MAGIC, true);
  view.setUint32(Envelope.FRAME_LENGTH, frameLength, true);
  target.set(segmentId, Envelope.SEGMENT_ID);
  view.setBigUint64(Envelope.SYNCED_LSN, BigInt(syncedLsn), true);
  view.setUint32(Envelope.CRC, checksums.crc32(target.subarray(0, Envelope.CRC)), true);
  view.setUint32(Envelope.RESERVED, 0, true);
}

/** Reads the envelope at the start of some bytes; undefined when they are not one of this segment. */
export function readEnvelope(
  bytes: Uint8Array,
  segmentId: Uint8Array,
  checksums: Checksums,
): EnvelopeFields | undefined {
  if (bytes.byteLength < ENVELOPE_BYTES) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, ENVELOPE_BYTES);
  if (view.getUint32(Envelope.MAGIC, true) !== ENVELOPE_MAGIC) return undefined;
  if (view.getUint32(Envelope.RESERVED, true) !== 0) return undefined;
  if (view.getUint32(Envelope.CRC, true) !== checksums.crc32(bytes.subarray(0, Envelope.CRC)))
    return undefined;
  if (!bytesEqual(bytes.subarray(Envelope.SEGMENT_ID, Envelope.SYNCED_LSN), segmentId)) return undefined;
  return {
    frameLength: view.getUint32(Envelope.FRAME_LENGTH, true),
    syncedLsn: Number(view.getBigUint64(Envelope.SYNCED_LSN, true)),
  };
}
