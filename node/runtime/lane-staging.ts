import { assert } from "../../common/assert.ts";

/** Room for an ordinary round; it grows once and for all when a larger one comes. */
const FIRST_BYTES = 1 << 20;

/**
 * Memory that a lane's two threads share: the frames of the one round in flight. Copying frames
 * into it is one memcpy into warm pages; a message that carried them would allocate their size on
 * both sides and bring the garbage collector into the path of a commit.
 */
export class LaneStaging {
  readonly #buffer: SharedArrayBuffer;

  /** @param buffer the other thread's, when this is the second one */
  constructor(buffer: SharedArrayBuffer) {
    this.#buffer = buffer;
  }

  /** Memory for rounds of at most so many bytes; address space only until it is needed. */
  static allocate(bytesMax: number): SharedArrayBuffer {
    return new SharedArrayBuffer(Math.min(FIRST_BYTES, bytesMax), { maxByteLength: bytesMax });
  }

  /** Copies parts of so many bytes in all, one behind the other; what was there is gone. */
  write(parts: Iterable<Uint8Array>, bytes: number): void {
    if (bytes > this.#buffer.byteLength) this.#grow(bytes);
    const target = new Uint8Array(this.#buffer);
    let offset = 0;
    for (const part of parts) {
      target.set(part, offset);
      offset += part.byteLength;
    }
    assert(offset === bytes, "a round is as long as its parts");
  }

  /** Views of the parts, by their lengths in the order they were written. */
  *read(lengths: Iterable<number>): Generator<Uint8Array> {
    let offset = 0;
    for (const length of lengths) {
      yield new Uint8Array(this.#buffer, offset, length);
      offset += length;
    }
  }

  #grow(bytes: number): void {
    const doubled = this.#buffer.byteLength * 2;
    this.#buffer.grow(Math.min(Math.max(doubled, bytes), this.#buffer.maxByteLength));
  }
}
