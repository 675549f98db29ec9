const FIRST_BYTES = 1 << 16;

/** LSNs of one shard, a bit each: tells at once when two answers name the same record. */
export class PositionSet {
  #bits = new Uint8Array(FIRST_BYTES);
  #count = 0;

  /** Number of LSNs in the set. */
  get count(): number {
    return this.#count;
  }

  /** Adds an LSN; false when it was there already. */
  add(lsn: number): boolean {
    const at = Math.floor(lsn / 8);
    if (at >= this.#bits.length) this.#grow(at);
    const bit = 1 << (lsn % 8);
    if ((this.#bits[at] & bit) !== 0) return false;
    this.#bits[at] |= bit;
    this.#count++;
    return true;
  }

  #grow(at: number): void {
    const larger = new Uint8Array(Math.max(at + 1, this.#bits.length * 2));
    larger.set(this.#bits);
    this.#bits = larger;
  }
}
