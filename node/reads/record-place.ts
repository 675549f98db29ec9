import { FrameRows } from "../shard/frame.ts";
import type { LogView } from "../shard/log-view.ts";

/** One record of the log: `at` is what the accessors of `rows` take. */
export type RecordPlace = { readonly rows: FrameRows; readonly at: number };

/** Finds records by LSN; neighbours in one frame are found without reading it again. */
export class RecordFinder {
  readonly #log: LogView;
  #rows: FrameRows | undefined;

  constructor(log: LogView) {
    this.#log = log;
  }

  /** The record at an LSN that the log holds. */
  find(lsn: number): RecordPlace {
    let rows = this.#rows;
    if (rows === undefined || lsn < rows.frame.firstLsn || lsn > rows.frame.lastLsn) {
      rows = new FrameRows(this.#log.frameAt(lsn));
      this.#rows = rows;
    }
    return { rows, at: rows.rowOffset(lsn - rows.frame.firstLsn) };
  }
}
