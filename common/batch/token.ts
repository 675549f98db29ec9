/** Bytes of a token (UUIDv7, RFC 9562) in a row. */
export const TOKEN_BYTES = 16;

const CANONICAL = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"));

/** Parses a UUIDv7 in canonical text form; undefined when it is anything else. */
export function parseToken(text: string): Uint8Array | undefined {
  if (!CANONICAL.test(text)) return undefined;
  const token = new Uint8Array(TOKEN_BYTES);
  const digits = text.replaceAll("-", "");
  for (let i = 0; i < TOKEN_BYTES; i++) token[i] = Number.parseInt(digits.substring(2 * i, 2 * i + 2), 16);
  return isTokenAt(token, 0) ? token : undefined;
}

/** Writes a token as canonical text. */
export function formatToken(bytes: Uint8Array, offset = 0): string {
  let text = "";
  for (let i = 0; i < TOKEN_BYTES; i++) {
    if (i === 4 || i === 6 || i === 8 || i === 10) text += "-";
    text += HEX[bytes[offset + i]];
  }
  return text;
}

/** True when the 16 bytes at the offset have version 7 and the RFC variant. */
export function isTokenAt(bytes: Uint8Array, offset: number): boolean {
  return bytes[offset + 6] >> 4 === 7 && bytes[offset + 8] >> 6 === 2;
}

/** Creation time that a UUIDv7 carries, Unix milliseconds. */
export function tokenTimeMs(bytes: Uint8Array, offset: number): number {
  const high = bytes[offset] * 65536 + bytes[offset + 1] * 256 + bytes[offset + 2];
  const low = bytes[offset + 3] * 65536 + bytes[offset + 4] * 256 + bytes[offset + 5];
  return high * 16777216 + low;
}
