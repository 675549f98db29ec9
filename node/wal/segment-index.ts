import { assert } from "../../common/assert.ts";

/** Where a frame lies: what a lane reports after it wrote one. */
export type FramePlacement = {
  readonly firstLsn: number;
  readonly lastLsn: number;
  /** First LSN of the segment, which also names its file. */
  readonly segment: number;
  /** Offset of the frame's envelope in the segment file. */
  readonly offset: number;
  /** Bytes of the frame without its envelope. */
  readonly length: number;
};

/** The index of one segment as plain data, for messages between threads and for the index file. */
export type SegmentColumns = {
  /** First LSN of the segment. */
  readonly segment: number;
  /** First LSN behind the segment's last frame. */
  readonly nextLsn: number;
  readonly count: number;
  /** First LSN of each frame less that of the segment. */
  readonly lsnDeltas: Uint32Array;
  readonly offsets: Uint32Array;
  readonly lengths: Uint32Array;
};

const FIRST_CAPACITY = 16;

/**
 * The frames of one segment in three columns, 12 bytes a frame. Invariants: frames are dense
 * (each begins where the one before ended) and ascend in both LSN and offset.
 */
export class SegmentIndex {
  readonly segment: number;
  #nextLsn: number;
  #count = 0;
  #lsnDeltas: Uint32Array = new Uint32Array(FIRST_CAPACITY);
  #offsets: Uint32Array = new Uint32Array(FIRST_CAPACITY);
  #lengths: Uint32Array = new Uint32Array(FIRST_CAPACITY);

  constructor(segment: number) {
    this.segment = segment;
    this.#nextLsn = segment;
  }

  static fromColumns(columns: SegmentColumns): SegmentIndex {
    const index = new SegmentIndex(columns.segment);
    index.#nextLsn = columns.nextLsn;
    index.#count = columns.count;
    index.#lsnDeltas = columns.lsnDeltas.slice();
    index.#offsets = columns.offsets.slice();
    index.#lengths = columns.lengths.slice();
    return index;
  }

  get count(): number {
    return this.#count;
  }

  /** First LSN behind the last frame; the segment's own first LSN while it has none. */
  get nextLsn(): number {
    return this.#nextLsn;
  }

  add(firstLsn: number, lastLsn: number, offset: number, length: number): void {
    assert(firstLsn === this.#nextLsn && lastLsn >= firstLsn, "frames of a segment are dense");
    if (this.#count === this.#offsets.length) this.#grow();
    this.#lsnDeltas[this.#count] = firstLsn - this.segment;
    this.#offsets[this.#count] = offset;
    this.#lengths[this.#count] = length;
    this.#count++;
    this.#nextLsn = lastLsn + 1;
  }

  /** The frame that holds an LSN; a broken invariant when the segment has none. */
  find(lsn: number): FramePlacement {
    assert(lsn >= this.segment && lsn < this.#nextLsn, "LSN is not in this segment");
    const delta = lsn - this.segment;
    let low = 0;
    let high = this.#count - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.#lsnDeltas[middle] <= delta) low = middle;
      else high = middle - 1;
    }
    return this.#placement(low);
  }

  /** Forgets the frames above an LSN, which is the last of its frame or the one before the segment. */
  truncateAfter(lsn: number): void {
    while (this.#count > 0 && this.segment + this.#lsnDeltas[this.#count - 1] > lsn) {
      this.#count--;
      this.#nextLsn = this.segment + this.#lsnDeltas[this.#count];
    }
    assert(this.#nextLsn === lsn + 1, "a cut is at a frame boundary");
  }

  /** The frames as plain data: copies, trimmed to their length. */
  columns(): SegmentColumns {
    return {
      segment: this.segment,
      nextLsn: this.#nextLsn,
      count: this.#count,
      lsnDeltas: this.#lsnDeltas.slice(0, this.#count),
      offsets: this.#offsets.slice(0, this.#count),
      lengths: this.#lengths.slice(0, this.#count),
    };
  }

  #placement(at: number): FramePlacement {
    const end = at + 1 < this.#count ? this.segment + this.#lsnDeltas[at + 1] : this.#nextLsn;
    return {
      firstLsn: this.segment + this.#lsnDeltas[at],
      lastLsn: end - 1,
      segment: this.segment,
      offset: this.#offsets[at],
      length: this.#lengths[at],
    };
  }

  #grow(): void {
    const capacity = Math.max(FIRST_CAPACITY, this.#count * 2);
    this.#lsnDeltas = grown(this.#lsnDeltas, capacity);
    this.#offsets = grown(this.#offsets, capacity);
    this.#lengths = grown(this.#lengths, capacity);
  }
}

function grown(column: Uint32Array, capacity: number): Uint32Array {
  const larger = new Uint32Array(capacity);
  larger.set(column);
  return larger;
}
