import { CHAIN_START } from "../../node/shard/checksums.ts";
import { FrameBuilder } from "../../node/shard/frame-builder.ts";
import { type Frame, RecordRow } from "../../node/shard/frame.ts";
import { nodeChecksums } from "../../node/wal/checksums.ts";
import { LOG_START, type LogTail, tailOf } from "../../node/wal/log-tail.ts";

/** The incarnation of the frames that tests make. */
export const TEST_INCARNATION = Uint8Array.from({ length: 16 }, (_, i) => i + 1);
/** The identity of the logs that tests make. */
export const TEST_IDENTITY = { incarnation: TEST_INCARNATION, shardId: 7 };

/** Makes frames that continue each other, with contents that differ from frame to frame. */
export class FrameChain {
  readonly #builder = new FrameBuilder();
  tail: LogTail;

  constructor(tail: LogTail = LOG_START) {
    this.tail = tail;
  }

  /** The next frame, of so many records. */
  next(records = 1, { generation = Math.max(1, this.tail.generation), labels = "" } = {}): Frame {
    const firstLsn = this.tail.lsn + 1;
    for (let row = 0; row < records; row++) {
      const at = this.#builder.addRow();
      this.#builder.setInt64(at, RecordRow.AMOUNT_MINOR, firstLsn + row);
      this.#builder.setInt64(at, RecordRow.EXPOSURE_MINOR, -1 - row);
      this.#builder.setLabels(at, labels);
    }
    const context = {
      incarnation: TEST_INCARNATION,
      generation,
      firstLsn,
      leaderTimeMs: 1_700_000_000_000 + firstLsn,
      commitLsnHint: this.tail.lsn,
      prevChain: this.tail.lsn === 0 ? CHAIN_START : this.tail.chain,
    };
    const frame = this.#builder.finish(context, nodeChecksums);
    this.tail = tailOf(frame);
    return frame;
  }

  /** Several frames of so many records each. */
  take(frames: number, records = 1): Frame[] {
    return Array.from({ length: frames }, () => this.next(records));
  }
}
