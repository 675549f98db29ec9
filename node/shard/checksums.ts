/** Hash functions the pure layers need; the caller brings them. */
export type Checksums = {
  /** CRC-32 (IEEE 802.3) of the bytes, unsigned. */
  crc32(bytes: Uint8Array): number;
  /** SHA-256 of the two parts one after another, 32 bytes. */
  sha256(first: Uint8Array, second: Uint8Array): Uint8Array;
};

/** Bytes of a chain value. */
export const CHAIN_BYTES = 32;

/** Chain value before the first frame of a log. */
export const CHAIN_START: Uint8Array = new Uint8Array(CHAIN_BYTES);

/** True when two byte strings are equal. */
export function bytesEqual(a: Uint8Array, b: Uint8Array): boolean {
  if (a.byteLength !== b.byteLength) return false;
  for (let i = 0; i < a.byteLength; i++) if (a[i] !== b[i]) return false;
  return true;
}
