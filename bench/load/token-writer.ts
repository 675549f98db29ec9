import type { Random } from "../../common/random.ts";

/** A UUIDv7's version in byte 6 and variant in byte 8, where a little-endian word has them. */
const VERSION_BITS = 0x0070_0000;
const VARIANT_BITS = 0x80;
const VARIANT_BYTE_FREE = 0x3f;

/**
 * Writes reservation tokens (UUIDv7) straight into rows, some nanoseconds each. No two tokens of a
 * writer are equal: the last word is a counter, shuffled by a function that maps no two to one.
 */
export class TokenWriter {
  readonly #random: Random;
  #count = 0;
  #salt = 0;

  constructor(random: Random) {
    this.#random = random;
  }

  /**
   * Writes one token every `stride` words.
   * @param words little-endian view of the rows
   * @param wallMs the tokens' time, Unix milliseconds
   */
  write(words: Int32Array, stride: number, wallMs: number): void {
    const high = Math.floor(wallMs / 65536);
    const low = wallMs - high * 65536;
    const highWord = swapBytes(high);
    const lowAndVersion = (low >> 8) | ((low & 0xff) << 8) | VERSION_BITS;
    for (let at = 0; at < words.length; at += stride) {
      const count = this.#nextCount();
      words[at] = highWord;
      words[at + 1] = lowAndVersion | (count << 24);
      words[at + 2] = this.#salt;
      words[at + 3] = shuffled(count);
    }
  }

  /** The next number of 32 bits; each time they are used up, the word before it changes. */
  #nextCount(): number {
    const count = this.#count++ | 0;
    if (count === 0) this.#salt = saltWord(this.#random.integer(0, 0xffff_ffff));
    return count;
  }
}

function saltWord(random: number): number {
  return (random & ~0xff) | VARIANT_BITS | (random & VARIANT_BYTE_FREE);
}

function swapBytes(word: number): number {
  return ((word & 0xff) << 24) | ((word & 0xff00) << 8) | ((word >>> 8) & 0xff00) | (word >>> 24);
}

/** The finalizer of MurmurHash3: every step can be undone, so no two words become one. */
function shuffled(word: number): number {
  let hash = Math.imul(word ^ (word >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return hash ^ (hash >>> 16);
}
