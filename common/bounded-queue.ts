import { assert } from "./assert.ts";

/**
 * A first-in first-out queue that says no when it is full.
 * Invariant: 0 ≤ size ≤ capacity. The ring grows with what is really in it, up to the capacity.
 */
export class BoundedQueue<T> {
  readonly capacity: number;
  #ring: (T | undefined)[];
  #head = 0;
  #size = 0;

  /** @param capacity most items it holds, at least 1 */
  constructor(capacity: number) {
    assert(Number.isSafeInteger(capacity) && capacity >= 1, "a queue's capacity is at least 1");
    this.capacity = capacity;
    this.#ring = emptySlots(Math.min(capacity, 16));
  }

  get size(): number {
    return this.#size;
  }

  get isFull(): boolean {
    return this.#size === this.capacity;
  }

  /** Adds an item at the end. @returns false, with nothing changed, when the queue is full */
  tryPush(item: T): boolean {
    if (this.isFull) return false;
    if (this.#size === this.#ring.length) this.#grow();
    this.#ring[(this.#head + this.#size) % this.#ring.length] = item;
    this.#size += 1;
    return true;
  }

  /** The oldest item without taking it. */
  peek(): T | undefined {
    return this.#size === 0 ? undefined : this.#ring[this.#head];
  }

  /** Takes the oldest item. */
  shift(): T | undefined {
    if (this.#size === 0) return undefined;
    const item = this.#ring[this.#head];
    this.#ring[this.#head] = undefined;
    this.#head = (this.#head + 1) % this.#ring.length;
    this.#size -= 1;
    return item;
  }

  #grow(): void {
    const ring = emptySlots<T>(Math.min(this.capacity, this.#ring.length * 2));
    for (let i = 0; i < this.#size; i++) ring[i] = this.#ring[(this.#head + i) % this.#ring.length];
    this.#ring = ring;
    this.#head = 0;
  }
}

function emptySlots<T>(length: number): (T | undefined)[] {
  return Array.from({ length }, () => undefined);
}
