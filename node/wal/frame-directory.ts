import { assert } from "../../common/assert.ts";
import { type FramePlacement, type SegmentColumns, SegmentIndex } from "./segment-index.ts";

/**
 * Finds the place of every frame of a log by LSN: a list of segments, each with its index.
 * Invariant: segments are dense, the first LSN of one is the next LSN of the one before. There is
 * always a last segment, which may be empty.
 */
export class FrameDirectory {
  #segments: SegmentIndex[];

  constructor(segments: readonly SegmentColumns[]) {
    assert(segments.length > 0, "a log has at least one segment");
    this.#segments = segments.map((columns) => SegmentIndex.fromColumns(columns));
  }

  /** First LSN that is there, or would be. */
  get firstLsn(): number {
    return this.#segments[0].segment;
  }

  /** Last LSN that is there; `firstLsn − 1` when there is none. */
  get lastLsn(): number {
    return this.last.nextLsn - 1;
  }

  /** The segment that is being written. */
  get last(): SegmentIndex {
    return this.#segments[this.#segments.length - 1];
  }

  /** First LSNs of the segments, ascending. */
  get segments(): number[] {
    return this.#segments.map((index) => index.segment);
  }

  /** The frame that holds an LSN; a broken invariant when it is out of range. */
  find(lsn: number): FramePlacement {
    assert(lsn >= this.firstLsn && lsn <= this.lastLsn, `LSN ${lsn} is not in the log`);
    return this.#segmentOf(lsn).find(lsn);
  }

  /** Adds the frame behind the last one, in the last segment or as the first of a new one. */
  add({ segment, firstLsn, lastLsn, offset, length }: FramePlacement): void {
    if (segment !== this.last.segment) this.addSegment(segment);
    this.last.add(firstLsn, lastLsn, offset, length);
  }

  /** Starts a new segment behind the last frame. */
  addSegment(firstLsn: number): void {
    assert(firstLsn === this.last.nextLsn, "segments of a log are dense");
    this.#segments.push(new SegmentIndex(firstLsn));
  }

  /** Forgets the frames above an LSN that ends a frame, and the segments that begin behind the next one. */
  truncateAfter(lsn: number): void {
    assert(lsn >= this.firstLsn - 1 && lsn <= this.lastLsn, "a cut is within the log");
    this.#segments = this.#segments.filter((index) => index.segment <= lsn + 1);
    this.last.truncateAfter(lsn);
  }

  /** Forgets the leading segments whose records are all below an LSN, never the last segment. */
  truncateBefore(lsn: number): void {
    while (this.#segments.length > 1 && this.#segments[0].nextLsn <= lsn) this.#segments.shift();
  }

  #segmentOf(lsn: number): SegmentIndex {
    let low = 0;
    let high = this.#segments.length - 1;
    if (lsn >= this.#segments[high].segment) low = high;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.#segments[middle].segment <= lsn) low = middle;
      else high = middle - 1;
    }
    return this.#segments[low];
  }
}
