import { bytesEqual, CHAIN_BYTES, type Checksums } from "../shard/checksums.ts";
import { SEGMENT_ID_BYTES } from "./envelope.ts";
import type { LogTail } from "./log-tail.ts";
import type { SegmentHeader } from "./segment-header.ts";
import type { SegmentColumns } from "./segment-index.ts";

const INDEX_MAGIC = 0x31585048; // "HPX1"
const HEADER_BYTES = 80;
const FRAME_BYTES = 12;
const CRC_BYTES = 4;

/** Offsets within an index file; three columns of u32 follow, the CRC comes last. Little-endian. */
const Index = {
  MAGIC: 0,
  COUNT: 4,
  SEGMENT_ID: 8,
  FIRST_LSN: 24,
  LAST_LSN: 32,
  GENERATION: 40,
  CHAIN: 48,
} as const;

/** What is known of a segment without reading it. */
export type SealedIndex = {
  readonly columns: SegmentColumns;
  /** The last record of the segment. */
  readonly tail: LogTail;
};

/** Encodes the index of a segment. */
export function encodeIndex(
  { columns, tail }: SealedIndex,
  segmentId: Uint8Array,
  checksums: Checksums,
): Uint8Array {
  const { count } = columns;
  const bytes = new Uint8Array(HEADER_BYTES + count * FRAME_BYTES + CRC_BYTES);
  const view = new DataView(bytes.buffer);
  view.setUint32(Index.MAGIC, INDEX_MAGIC, true);
  view.setUint32(Index.COUNT, count, true);
  bytes.set(segmentId, Index.SEGMENT_ID);
  view.setBigUint64(Index.FIRST_LSN, BigInt(columns.segment), true);
  view.setBigUint64(Index.LAST_LSN, BigInt(tail.lsn), true);
  view.setBigUint64(Index.GENERATION, BigInt(tail.generation), true);
  bytes.set(tail.chain, Index.CHAIN);
  const cells = new Uint32Array(bytes.buffer, HEADER_BYTES, count * 3);
  cells.set(columns.lsnDeltas, 0);
  cells.set(columns.offsets, count);
  cells.set(columns.lengths, count * 2);
  const end = bytes.byteLength - CRC_BYTES;
  view.setUint32(end, checksums.crc32(bytes.subarray(0, end)), true);
  return bytes;
}

/** Decodes the index of a sealed segment through its last LSN; undefined unless it is exactly that. */
export function decodeIndex(
  bytes: Uint8Array,
  header: SegmentHeader,
  lastLsn: number,
  checksums: Checksums,
): SealedIndex | undefined {
  const end = bytes.byteLength - CRC_BYTES;
  if (end < HEADER_BYTES) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const count = view.getUint32(Index.COUNT, true);
  const segment = header.base.lsn + 1;
  const isWhole =
    view.getUint32(Index.MAGIC, true) === INDEX_MAGIC &&
    end === HEADER_BYTES + count * FRAME_BYTES &&
    view.getUint32(end, true) === checksums.crc32(bytes.subarray(0, end));
  const isOfSegment =
    bytesEqual(bytes.subarray(Index.SEGMENT_ID, Index.SEGMENT_ID + SEGMENT_ID_BYTES), header.segmentId) &&
    Number(view.getBigUint64(Index.FIRST_LSN, true)) === segment &&
    Number(view.getBigUint64(Index.LAST_LSN, true)) === lastLsn;
  if (!isWhole || !isOfSegment) return undefined;
  const column = (place: number) =>
    new Uint32Array(bytes.buffer, bytes.byteOffset + HEADER_BYTES + place * count * 4, count);
  return {
    columns: {
      segment,
      nextLsn: lastLsn + 1,
      count,
      lsnDeltas: column(0),
      offsets: column(1),
      lengths: column(2),
    },
    tail: {
      lsn: lastLsn,
      generation: Number(view.getBigUint64(Index.GENERATION, true)),
      chain: bytes.slice(Index.CHAIN, Index.CHAIN + CHAIN_BYTES),
    },
  };
}
