import { assert } from "../../../common/assert.ts";
import type { Frame } from "../../../node/shard/frame.ts";
import type { LogView } from "../../../node/shard/log-view.ts";

/** A shard's log in memory: frames one after another from LSN 1. */
export class MemoryLog implements LogView {
  readonly firstLsn = 1;
  readonly #frames: Frame[] = [];

  constructor(frames: Iterable<Frame> = []) {
    this.append(frames);
  }

  get frames(): readonly Frame[] {
    return this.#frames;
  }

  get lastLsn(): number {
    return this.#frames.at(-1)?.lastLsn ?? 0;
  }

  append(frames: Iterable<Frame>): void {
    for (const frame of frames) {
      assert(frame.firstLsn === this.lastLsn + 1, "a log has no gaps");
      this.#frames.push(frame);
    }
  }

  /** Drops every frame that ends after an LSN. */
  cut(keepLsn: number): void {
    while (this.lastLsn > keepLsn) this.#frames.pop();
  }

  /** Frames of a range of LSNs; its ends are frame boundaries. */
  range(firstLsn: number, lastLsn: number): Frame[] {
    return this.#frames.filter((frame) => frame.firstLsn >= firstLsn && frame.lastLsn <= lastLsn);
  }

  frameAt(lsn: number): Frame {
    let low = 0;
    let high = this.#frames.length - 1;
    while (low <= high) {
      const middle = (low + high) >> 1;
      const frame = this.#frames[middle];
      if (lsn < frame.firstLsn) high = middle - 1;
      else if (lsn > frame.lastLsn) low = middle + 1;
      else return frame;
    }
    throw new RangeError(`LSN ${lsn} is not in the log`);
  }
}
