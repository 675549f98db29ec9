import { CHAIN_BYTES, type Checksums } from "../shard/checksums.ts";
import { SEGMENT_ID_BYTES } from "./envelope.ts";
import type { LogIdentity, LogTail } from "./log-tail.ts";

/** Offset of a segment's first entry: no append ever rewrites the page that holds the header. */
export const SEGMENT_DATA_OFFSET = 4096;
const HEADER_BYTES = 128;
const SEGMENT_MAGIC = 0x31535048; // "HPS1"
const SEGMENT_VERSION = 1;
const INCARNATION_BYTES = 16;

/** Offsets within a segment header. Integers are little-endian. */
const Header = {
  MAGIC: 0,
  VERSION: 4,
  SEGMENT_ID: 8,
  INCARNATION: 24,
  SHARD_ID: 40,
  FIRST_LSN: 48,
  GENERATION: 56,
  CHAIN: 64,
  CRC: 124,
} as const;

/** What a segment file says about itself, durable before the file gets its name. */
export type SegmentHeader = LogIdentity & {
  /** Random bytes of this file, repeated in each of its entries. */
  readonly segmentId: Uint8Array;
  /** The log before the segment's first record. */
  readonly base: LogTail;
};

/** Encodes a header into its own bytes. */
export function encodeSegmentHeader(header: SegmentHeader, checksums: Checksums): Uint8Array {
  const bytes = new Uint8Array(HEADER_BYTES);
  const view = new DataView(bytes.buffer);
  view.setUint32(Header.MAGIC, SEGMENT_MAGIC, true);
  view.setUint16(Header.VERSION, SEGMENT_VERSION, true);
  bytes.set(header.segmentId, Header.SEGMENT_ID);
  bytes.set(header.incarnation, Header.INCARNATION);
  view.setUint32(Header.SHARD_ID, header.shardId, true);
  view.setBigUint64(Header.FIRST_LSN, BigInt(header.base.lsn + 1), true);
  view.setBigUint64(Header.GENERATION, BigInt(header.base.generation), true);
  bytes.set(header.base.chain, Header.CHAIN);
  view.setUint32(Header.CRC, checksums.crc32(bytes.subarray(0, Header.CRC)), true);
  return bytes;
}

/** Decodes the header of a segment; undefined when the bytes are not a valid one. */
export function decodeSegmentHeader(bytes: Uint8Array, checksums: Checksums): SegmentHeader | undefined {
  if (bytes.byteLength < HEADER_BYTES) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, HEADER_BYTES);
  if (view.getUint32(Header.MAGIC, true) !== SEGMENT_MAGIC) return undefined;
  if (view.getUint16(Header.VERSION, true) !== SEGMENT_VERSION) return undefined;
  if (view.getUint32(Header.CRC, true) !== checksums.crc32(bytes.subarray(0, Header.CRC))) return undefined;
  return {
    segmentId: bytes.slice(Header.SEGMENT_ID, Header.SEGMENT_ID + SEGMENT_ID_BYTES),
    incarnation: bytes.slice(Header.INCARNATION, Header.INCARNATION + INCARNATION_BYTES),
    shardId: view.getUint32(Header.SHARD_ID, true),
    base: {
      lsn: Number(view.getBigUint64(Header.FIRST_LSN, true)) - 1,
      generation: Number(view.getBigUint64(Header.GENERATION, true)),
      chain: bytes.slice(Header.CHAIN, Header.CHAIN + CHAIN_BYTES),
    },
  };
}

/** Reads and decodes the header at the start of a segment file. */
export function readSegmentHeader(
  file: { read(target: Uint8Array, offset: number): number },
  checksums: Checksums,
): SegmentHeader | undefined {
  const bytes = new Uint8Array(HEADER_BYTES);
  return decodeSegmentHeader(bytes.subarray(0, file.read(bytes, 0)), checksums);
}
