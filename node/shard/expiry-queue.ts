/** When the reservation created at an LSN runs out, Unix milliseconds. */
export type Expiry = { readonly lsn: number; readonly atMs: number };

/**
 * Times at which reservations run out: a binary heap by expiry time, then LSN. Entries of
 * reservations that ceased to be open meanwhile stay until they come up or are swept out; whoever
 * takes them skips them.
 */
export class ExpiryQueue {
  #heap: Expiry[] = [];

  get size(): number {
    return this.#heap.length;
  }

  add(lsn: number, atMs: number): void {
    const heap = this.#heap;
    heap.push({ lsn, atMs });
    for (let child = heap.length - 1; child > 0; ) {
      const parent = (child - 1) >> 1;
      if (!before(heap[child], heap[parent])) break;
      [heap[child], heap[parent]] = [heap[parent], heap[child]];
      child = parent;
    }
  }

  /** Drops the entries of reservations that are no longer wanted. */
  sweep(isWanted: (lsn: number) => boolean): void {
    // Sorted entries are a heap.
    this.#heap = this.#heap.filter(({ lsn }) => isWanted(lsn)).sort((a, b) => (before(a, b) ? -1 : 1));
  }

  /** Removes and returns the entry that comes first, if its time has come. */
  takeDue(nowMs: number): Expiry | undefined {
    const heap = this.#heap;
    const first = heap[0];
    if (first === undefined || first.atMs > nowMs) return undefined;
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return first;
    heap[0] = last;
    for (let parent = 0; ; ) {
      let least = parent;
      for (const child of [2 * parent + 1, 2 * parent + 2]) {
        if (child < heap.length && before(heap[child], heap[least])) least = child;
      }
      if (least === parent) return first;
      [heap[parent], heap[least]] = [heap[least], heap[parent]];
      parent = least;
    }
  }
}

function before(a: Expiry, b: Expiry): boolean {
  return a.atMs < b.atMs || (a.atMs === b.atMs && a.lsn < b.lsn);
}
