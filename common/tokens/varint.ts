/** Most bytes of a safe integer as a varint: 53 bits in groups of 7. */
export const VARINT_BYTES_MAX = 8;

/** Writes a safe integer ≥ 0 in groups of seven bits, lowest first. @returns the offset after it */
export function writeVarint(bytes: Uint8Array, offset: number, value: number): number {
  let rest = value;
  let at = offset;
  while (rest > 0x7f) {
    bytes[at++] = (rest % 128) | 0x80;
    rest = Math.floor(rest / 128);
  }
  bytes[at++] = rest;
  return at;
}

/** A cursor over bytes. */
export interface VarintReader {
  readonly bytes: Uint8Array;
  offset: number;
}

/** Reads what {@link writeVarint} wrote; undefined when it is cut off or not a safe integer. */
export function readVarint(reader: VarintReader): number | undefined {
  let value = 0;
  let factor = 1;
  for (let i = 0; i < VARINT_BYTES_MAX; i++) {
    const byte = reader.bytes[reader.offset++];
    if (byte === undefined) return undefined;
    value += (byte & 0x7f) * factor;
    if (byte < 0x80) return Number.isSafeInteger(value) ? value : undefined;
    factor *= 128;
  }
  return undefined;
}
