import { type Frame, FrameHeader } from "../../../node/shard/frame.ts";
import { nodeChecksums } from "../../../node/wal/checksums.ts";
import { parsedFrame } from "./parsed-frame.ts";

/** A frame with one byte of its header changed and its checksums made right again. */
export function withHeaderByte(frame: Frame, offset: number, value: number): Frame {
  const bytes = Uint8Array.from(frame.bytes);
  bytes[offset] = value;
  sealHeader(bytes);
  return parsedFrame(bytes);
}

/** Recomputes the checksum over a frame's header. */
export function sealHeader(bytes: Uint8Array): void {
  const crc = nodeChecksums.crc32(bytes.subarray(0, FrameHeader.HEADER_CRC));
  new DataView(bytes.buffer, bytes.byteOffset).setUint32(FrameHeader.HEADER_CRC, crc, true);
}
