import { ENVELOPE_BYTES } from "../wal/envelope.ts";
import type { FramePlacement, SegmentColumns } from "../wal/segment-index.ts";

/** Bytes that a shard's log takes on disk, prepared but unused space aside. */
export class LogSize {
  /** Offset behind the last frame of each segment. */
  readonly #ends = new Map<number, number>();

  constructor(segments: readonly SegmentColumns[]) {
    for (const { segment, count, offsets, lengths } of segments) {
      if (count > 0) this.#ends.set(segment, offsets[count - 1] + ENVELOPE_BYTES + lengths[count - 1]);
    }
  }

  get bytes(): number {
    let sum = 0;
    for (const end of this.#ends.values()) sum += end;
    return sum;
  }

  /** A frame was written. */
  add({ segment, offset, length }: FramePlacement): void {
    this.#ends.set(segment, offset + ENVELOPE_BYTES + length);
  }
}
