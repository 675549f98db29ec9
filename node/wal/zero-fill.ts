import type { DiskFile } from "./disk.ts";

const ZEROS = new Uint8Array(1024 * 1024);

/** Writes zeros over a range of a file; not durable until synced. */
export function zeroFill(file: DiskFile, from: number, to: number): void {
  for (let at = from; at < to; at += ZEROS.byteLength) {
    file.write([ZEROS.subarray(0, Math.min(ZEROS.byteLength, to - at))], at);
  }
}

/** True when every byte is zero. */
export function isZero(bytes: Uint8Array): boolean {
  for (let at = 0; at < bytes.byteLength; at += ZEROS.byteLength) {
    const piece = bytes.subarray(at, at + ZEROS.byteLength);
    if (Buffer.compare(piece, ZEROS.subarray(0, piece.byteLength)) !== 0) return false;
  }
  return true;
}
