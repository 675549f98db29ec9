/** How one direction of a link treats its bytes. */
export interface LinkShape {
  /** One-way delay in milliseconds. */
  readonly delayMs: number;
  /** Bytes a second; Infinity for no limit. */
  readonly bandwidthBytesPerSecond: number;
}

/** A piece on its way; without bytes it marks the end of the stream. */
export interface InTransit {
  readonly bytes: Uint8Array | undefined;
  readonly dueMs: number;
}

/**
 * Bytes under way in one direction of one connection.
 * Invariants: pieces leave in the order they came; heldBytes = sum of the sizes of those inside.
 */
export class DelayLine {
  readonly #pieces: InTransit[] = [];
  #head = 0;
  #heldBytes = 0;
  #sentMs = 0;
  #dueMs = 0;

  get heldBytes(): number {
    return this.#heldBytes;
  }

  /** When the oldest piece arrives; undefined when nothing is under way. */
  get nextDueMs(): number | undefined {
    return this.#pieces[this.#head]?.dueMs;
  }

  /** Sends a piece (undefined: the end of the stream) on its way. */
  push(bytes: Uint8Array | undefined, nowMs: number, shape: LinkShape): void {
    const size = bytes?.byteLength ?? 0;
    this.#sentMs = Math.max(nowMs, this.#sentMs) + (size * 1000) / shape.bandwidthBytesPerSecond;
    // A shortened delay must not let later bytes overtake.
    this.#dueMs = Math.max(this.#dueMs, this.#sentMs + shape.delayMs);
    this.#pieces.push({ bytes, dueMs: this.#dueMs });
    this.#heldBytes += size;
  }

  /** Takes the oldest piece out if it has arrived. */
  take(nowMs: number): InTransit | undefined {
    const piece = this.#pieces[this.#head];
    if (piece === undefined || piece.dueMs > nowMs) return undefined;
    this.#heldBytes -= piece.bytes?.byteLength ?? 0;
    this.#head++;
    this.#compact();
    return piece;
  }

  /** Drops what has left, now and then: a shift per piece would cost the square of the queue. */
  #compact(): void {
    if (this.#head < this.#pieces.length && this.#head < 1024) return;
    this.#pieces.splice(0, this.#head);
    this.#head = 0;
  }
}
