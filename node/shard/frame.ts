import { readInt64 } from "../../common/batch/int64.ts";
import { assert } from "../../common/assert.ts";
import { CHAIN_BYTES, type Checksums } from "./checksums.ts";

/**
 * One WAL frame: a group commit of records, the same bytes on every replica, in the archive and
 * in change data capture. The layout is `docs/internals/wal-format.md`.
 *
 * Invariants: LSNs of a frame are firstLsn … firstLsn + count − 1; a frame's chain value is the
 * SHA-256 of its header and payload, and the header holds the chain value before it.
 */
export const FRAME_HEADER_BYTES = 128;
export const FRAME_MAGIC = 0x31465048; // "HPF1"
export const FRAME_VERSION = 1;
export const FRAME_TYPE_DATA = 1;
/** Bytes of one record row. */
export const RECORD_ROW_BYTES = 88;
/** Most records in one frame: keeps a step short enough for heartbeats. */
export const FRAME_RECORDS_MAX = 4096;
/** Bytes of labels with which a frame counts as full: keeps its length far below the largest one accepted. */
export const FRAME_VARIABLE_BYTES_FULL = 1024 * 1024;
/** Largest frame accepted from disk or network. */
export const FRAME_BYTES_MAX = 8 * 1024 * 1024;

/** Offsets within a frame header. Integers are little-endian. */
export const FrameHeader = {
  MAGIC: 0,
  VERSION: 4,
  TYPE: 6,
  INCARNATION: 8,
  GENERATION: 24,
  FIRST_LSN: 32,
  COUNT: 40,
  PAYLOAD_LENGTH: 44,
  LEADER_TIME_MS: 48,
  COMMIT_LSN_HINT: 56,
  PREV_CHAIN: 64,
  PAYLOAD_CRC: 96,
  DICTIONARY: 100,
  VARIABLE: 104,
  ROW_WIDTH: 108,
  HEADER_CRC: 124,
} as const;

/** Offsets within a record row. */
export const RecordRow = {
  TOKEN: 0,
  /** Amount of the request, or of the reservation that was released, settled or expired; the limit for issuer records. */
  AMOUNT_MINOR: 16,
  /** Exposure of the issuer after this record. */
  EXPOSURE_MINOR: 24,
  /** Limit of the issuer in force after this record. */
  LIMIT_MINOR: 32,
  /** LSN of the issuer's record before this one, 0 for its first. */
  PREVIOUS_LSN: 40,
  /** LSN of the reservation's creating record; its own for an approved RESERVE, 0 when there is none. */
  RESERVATION_LSN: 48,
  /** Number of the issuer within the shard. */
  ISSUER: 56,
  KIND: 60,
  DECISION: 61,
  REASON: 62,
  FLAGS: 63,
  /** Dictionary references. For REGISTER_ISSUER: issuer id in DESK, currency in TRADER. */
  DESK: 64,
  TRADER: 66,
  REGION: 68,
  /** Version of the reservation after this record, saturating. */
  VERSION: 72,
  /** Place of labels in the variable area plus one; 0 for none. */
  VARIABLE: 76,
  TTL_MS: 80,
  /** Distance back to the record that changed the reservation before this one; 0 when this one created it. */
  PREVIOUS_CHANGE: 84,
} as const;

/** A parsed frame header over the bytes it came from. */
export type Frame = {
  /** Header and payload. */
  readonly bytes: Uint8Array;
  readonly generation: number;
  readonly firstLsn: number;
  readonly lastLsn: number;
  readonly count: number;
  /** Leader's wall clock when the frame was built, Unix milliseconds. */
  readonly leaderTimeMs: number;
  readonly commitLsnHint: number;
  readonly prevChain: Uint8Array;
  /** Chain value after this frame. */
  readonly chain: Uint8Array;
};

/** Why bytes are not a frame. */
export type FrameFault = "short" | "magic" | "header-crc" | "version" | "length" | "payload-crc";

/**
 * Length in bytes that a valid header announces (header and payload), or the fault. Checks the
 * header's own CRC before it believes the length.
 */
export function frameLength(bytes: Uint8Array, offset: number, checksums: Checksums): number | FrameFault {
  if (bytes.byteLength - offset < FRAME_HEADER_BYTES) return "short";
  const view = new DataView(bytes.buffer, bytes.byteOffset + offset, FRAME_HEADER_BYTES);
  if (view.getUint32(FrameHeader.MAGIC, true) !== FRAME_MAGIC) return "magic";
  const crc = checksums.crc32(bytes.subarray(offset, offset + FrameHeader.HEADER_CRC));
  if (view.getUint32(FrameHeader.HEADER_CRC, true) !== crc) return "header-crc";
  if (view.getUint16(FrameHeader.VERSION, true) !== FRAME_VERSION) return "version";
  if (bytes[offset + FrameHeader.TYPE] !== FRAME_TYPE_DATA) return "version";
  if (view.getUint32(FrameHeader.ROW_WIDTH, true) !== RECORD_ROW_BYTES) return "version";
  const count = view.getUint32(FrameHeader.COUNT, true);
  const payloadLength = view.getUint32(FrameHeader.PAYLOAD_LENGTH, true);
  const dictionary = view.getUint32(FrameHeader.DICTIONARY, true);
  const variable = view.getUint32(FrameHeader.VARIABLE, true);
  const inOrder =
    count * RECORD_ROW_BYTES === dictionary && dictionary < variable && variable <= payloadLength;
  if (count === 0 || !inOrder || payloadLength % 8 !== 0) return "length";
  if (FRAME_HEADER_BYTES + payloadLength > FRAME_BYTES_MAX) return "length";
  return FRAME_HEADER_BYTES + payloadLength;
}

/** Parses and verifies the frame at an offset; a fault says what is wrong with the bytes. */
export function parseFrame(bytes: Uint8Array, offset: number, checksums: Checksums): Frame | FrameFault {
  const length = frameLength(bytes, offset, checksums);
  if (typeof length === "string") return length;
  if (bytes.byteLength - offset < length) return "short";
  const frame = bytes.subarray(offset, offset + length);
  const header = frame.subarray(0, FRAME_HEADER_BYTES);
  const payload = frame.subarray(FRAME_HEADER_BYTES);
  const view = new DataView(frame.buffer, frame.byteOffset, FRAME_HEADER_BYTES);
  if (view.getUint32(FrameHeader.PAYLOAD_CRC, true) !== checksums.crc32(payload)) return "payload-crc";
  return frameOf(frame, checksums.sha256(header, payload));
}

/** Reads the header of bytes already known to be a valid frame with the given chain value. */
export function frameOf(bytes: Uint8Array, chain: Uint8Array): Frame {
  const view = new DataView(bytes.buffer, bytes.byteOffset, FRAME_HEADER_BYTES);
  const firstLsn = Number(view.getBigUint64(FrameHeader.FIRST_LSN, true));
  const count = view.getUint32(FrameHeader.COUNT, true);
  return {
    bytes,
    generation: Number(view.getBigUint64(FrameHeader.GENERATION, true)),
    firstLsn,
    lastLsn: firstLsn + count - 1,
    count,
    leaderTimeMs: Number(view.getBigInt64(FrameHeader.LEADER_TIME_MS, true)),
    commitLsnHint: Number(view.getBigUint64(FrameHeader.COMMIT_LSN_HINT, true)),
    prevChain: bytes.subarray(FrameHeader.PREV_CHAIN, FrameHeader.PREV_CHAIN + CHAIN_BYTES),
    chain,
  };
}

/** Incarnation (16 bytes) of the shard a frame belongs to. */
export function frameIncarnation(bytes: Uint8Array): Uint8Array {
  return bytes.subarray(FrameHeader.INCARNATION, FrameHeader.INCARNATION + 16);
}

/** Reads the fields of record rows; `at` is the offset of a row in `bytes`. */
export type RecordReader = {
  readonly bytes: Uint8Array;
  kindAt(at: number): number;
  decisionAt(at: number): number;
  reasonAt(at: number): number;
  issuerAt(at: number): number;
  versionAt(at: number): number;
  ttlMsAt(at: number): number;
  /** Any 64-bit field of a row, by its offset in {@link RecordRow}. */
  int64At(at: number, field: number): number;
  /** A dictionary string, by the reference field's offset in {@link RecordRow}. */
  stringAt(at: number, field: number): string;
  /** Labels of a row as canonical JSON, "" when it has none. */
  labelsAt(at: number): string;
};

/** Random access to the rows, dictionary and variable area of one frame. */
export class FrameRows implements RecordReader {
  readonly frame: Frame;
  /** Bytes of the frame at an address divisible by 4. */
  readonly bytes: Uint8Array;
  readonly #words: Int32Array;
  readonly #view: DataView;
  readonly #dictionaryAt: number;
  readonly #variableAt: number;

  constructor(frame: Frame) {
    this.frame = frame;
    this.bytes =
      frame.bytes.byteOffset % 4 === 0 ? frame.bytes : Uint8Array.prototype.slice.call(frame.bytes);
    const { buffer, byteOffset, byteLength } = this.bytes;
    this.#words = new Int32Array(buffer, byteOffset, byteLength >> 2);
    this.#view = new DataView(buffer, byteOffset, byteLength);
    this.#dictionaryAt = FRAME_HEADER_BYTES + this.#view.getUint32(FrameHeader.DICTIONARY, true);
    this.#variableAt = FRAME_HEADER_BYTES + this.#view.getUint32(FrameHeader.VARIABLE, true);
  }

  /** Byte offset of a row; every `…At` accessor takes it. */
  rowOffset(row: number): number {
    return FRAME_HEADER_BYTES + row * RECORD_ROW_BYTES;
  }

  kindAt(at: number): number {
    return this.bytes[at + RecordRow.KIND];
  }
  decisionAt(at: number): number {
    return this.bytes[at + RecordRow.DECISION];
  }
  reasonAt(at: number): number {
    return this.bytes[at + RecordRow.REASON];
  }
  issuerAt(at: number): number {
    return this.#words[(at + RecordRow.ISSUER) >> 2];
  }
  versionAt(at: number): number {
    return this.#words[(at + RecordRow.VERSION) >> 2] >>> 0;
  }
  ttlMsAt(at: number): number {
    return this.#words[(at + RecordRow.TTL_MS) >> 2] >>> 0;
  }
  /** Distance in LSNs to the reservation's change before this one. */
  previousChangeAt(at: number): number {
    return this.#words[(at + RecordRow.PREVIOUS_CHANGE) >> 2] >>> 0;
  }
  /** Any 64-bit field of a row, by its offset in {@link RecordRow}. */
  int64At(at: number, field: number): number {
    return readInt64(this.#words, (at + field) >> 2);
  }
  tokenAt(at: number): Uint8Array {
    return this.bytes.subarray(at, at + 16);
  }
  /** A dictionary string by the reference field's offset in {@link RecordRow}. */
  stringAt(at: number, field: number): string {
    return this.dictionary(this.#view.getUint16(at + field, true));
  }
  /** Labels of a row as canonical JSON, "" when it has none. */
  labelsAt(at: number): string {
    const place = this.#view.getUint32(at + RecordRow.VARIABLE, true);
    if (place === 0) return "";
    const start = this.#variableAt + place - 1;
    const length = this.#view.getUint32(start, true);
    return utf8(this.bytes.subarray(start + 4, start + 4 + length));
  }
  /** String of the frame's dictionary; index 0 is "". */
  dictionary(index: number): string {
    if (index === 0) return "";
    const count = this.#view.getUint32(this.#dictionaryAt, true);
    assert(index <= count, "dictionary reference out of range");
    const offsets = this.#dictionaryAt + 4 + (index - 1) * 4;
    const text = this.#dictionaryAt + 4 + (count + 1) * 4;
    const start = text + this.#view.getUint32(offsets, true);
    const end = text + this.#view.getUint32(offsets + 4, true);
    return utf8(this.bytes.subarray(start, end));
  }
}

// A leading U+FEFF belongs to the text: dropped, a retry would look like another request.
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

function utf8(bytes: Uint8Array): string {
  return decoder.decode(bytes);
}
