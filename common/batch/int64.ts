const TWO_32 = 4294967296;

/** Reads a signed 64-bit integer at an index of 32-bit words; exact within ±(2^53 − 1). */
export function readInt64(words: Int32Array, index: number): number {
  return words[index + 1] * TWO_32 + (words[index] >>> 0);
}

/** Writes a safe integer as a signed 64-bit integer at an index of 32-bit words. */
export function writeInt64(words: Int32Array, index: number, value: number): void {
  words[index] = value | 0;
  words[index + 1] = Math.floor(value / TWO_32);
}
