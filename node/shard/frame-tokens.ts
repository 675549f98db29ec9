/** Tokens of the frame being built: a small open-addressing table from hash to row number. */
export class FrameTokens {
  #hashes = new Uint32Array(256);
  #rows = new Int32Array(256);
  #count = 0;

  /** Empties the table and makes room for some rows. */
  reset(rowsMax: number): void {
    let slots = 256;
    while (slots < rowsMax * 2) slots *= 2;
    if (slots !== this.#hashes.length) {
      this.#hashes = new Uint32Array(slots);
      this.#rows = new Int32Array(slots);
    } else if (this.#count > 0) this.#hashes.fill(0);
    this.#count = 0;
  }

  /** Row whose token has the hash and satisfies the matcher, or -1. */
  find(hash: number, matches: (row: number) => boolean): number {
    const mask = this.#hashes.length - 1;
    for (let slot = hash & mask; this.#hashes[slot] !== 0; slot = (slot + 1) & mask) {
      if (this.#hashes[slot] === hash && matches(this.#rows[slot])) return this.#rows[slot];
    }
    return -1;
  }

  insert(hash: number, row: number): void {
    const mask = this.#hashes.length - 1;
    let slot = hash & mask;
    while (this.#hashes[slot] !== 0) slot = (slot + 1) & mask;
    this.#hashes[slot] = hash;
    this.#rows[slot] = row;
    this.#count++;
  }
}
