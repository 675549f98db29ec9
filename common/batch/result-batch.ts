import { readInt64, writeInt64 } from "./int64.ts";
import { Outcome } from "./kinds.ts";

/** Bytes of one result row; the layout is `docs/internals/batch-format.md`. */
export const RESULT_ROW_BYTES = 40;

/** Offsets within a result row. Integers are little-endian. */
export const ResultRow = {
  OUTCOME: 0,
  REASON: 1,
  FLAGS: 2,
  FIELD: 3,
  SHARD: 4,
  GENERATION: 8,
  /** Generation of the reservation's creating record, or the retry hint of an error. */
  RESERVATION_GENERATION: 12,
  RETRY_AFTER_MS: 12,
  LSN: 16,
  HEADROOM_MINOR: 24,
  RESERVATION_LSN: 32,
} as const;

/** Bits of a result row's flags. */
const ResultFlag = { REPLAYED: 1 } as const;

/** One result, read out of its row. */
export type MutationResultFields = {
  readonly outcome: Outcome;
  /** Number of a DeclineReason or an ErrorReason, by outcome. */
  readonly reason: number;
  readonly replayed: boolean;
  /** Index into REQUEST_FIELDS. */
  readonly field: number;
  readonly shardId: number;
  readonly generation: number;
  readonly lsn: number;
  readonly headroomMinor: number;
  readonly reservationGeneration: number;
  /** 0 when the mutation made or changed no reservation. */
  readonly reservationLsn: number;
  readonly retryAfterMs: number;
};

/** Results of one batch, in the order of its rows, as `count × 40` bytes. */
export class ResultBatch {
  readonly rows: Uint8Array;
  readonly #words: Int32Array;

  constructor(rows: Uint8Array) {
    this.rows = rows;
    this.#words = new Int32Array(rows.buffer, rows.byteOffset, rows.byteLength >> 2);
  }

  static ofSize(count: number): ResultBatch {
    return new ResultBatch(new Uint8Array(count * RESULT_ROW_BYTES));
  }

  get count(): number {
    return this.rows.byteLength / RESULT_ROW_BYTES;
  }

  /** Writes a recorded decision. */
  setDecision(
    row: number,
    outcome: Outcome,
    decline: number,
    replayed: boolean,
    shardId: number,
    generation: number,
    lsn: number,
    headroomMinor: number,
    reservationGeneration: number,
    reservationLsn: number,
  ): void {
    const at = row * RESULT_ROW_BYTES;
    const word = at >> 2;
    this.rows[at + ResultRow.OUTCOME] = outcome;
    this.rows[at + ResultRow.REASON] = decline;
    this.rows[at + ResultRow.FLAGS] = replayed ? ResultFlag.REPLAYED : 0;
    this.rows[at + ResultRow.FIELD] = 0;
    this.#words[word + 1] = shardId;
    this.#words[word + 2] = generation;
    this.#words[word + 3] = reservationGeneration;
    writeInt64(this.#words, word + 4, lsn);
    writeInt64(this.#words, word + 6, headroomMinor);
    writeInt64(this.#words, word + 8, reservationLsn);
  }

  /** Writes an error in place of a decision. */
  setError(row: number, reason: number, shardId: number, field = 0, retryAfterMs = 0): void {
    const at = row * RESULT_ROW_BYTES;
    const word = at >> 2;
    this.#words.fill(0, word, word + (RESULT_ROW_BYTES >> 2));
    this.rows[at + ResultRow.OUTCOME] = Outcome.ERROR;
    this.rows[at + ResultRow.REASON] = reason;
    this.rows[at + ResultRow.FIELD] = field;
    this.#words[word + 1] = shardId;
    this.#words[word + 3] = retryAfterMs;
  }

  /** Outcome of a row. */
  outcome(row: number): Outcome {
    return this.rows[row * RESULT_ROW_BYTES] as Outcome;
  }

  /** Decline or error reason of a row. */
  reason(row: number): number {
    return this.rows[row * RESULT_ROW_BYTES + ResultRow.REASON];
  }

  /** Generation of the record behind a row. */
  generation(row: number): number {
    return this.#words[((row * RESULT_ROW_BYTES) >> 2) + 2] >>> 0;
  }

  /** LSN of the record behind a row; 0 for an error. */
  lsn(row: number): number {
    return readInt64(this.#words, (row * RESULT_ROW_BYTES + ResultRow.LSN) >> 2);
  }

  /** Highest LSN of the rows; 0 when none was recorded. */
  lastLsn(): number {
    let lastLsn = 0;
    for (let row = 0; row < this.count; row++) lastLsn = Math.max(lastLsn, this.lsn(row));
    return lastLsn;
  }

  /** Everything a row says. */
  read(row: number): MutationResultFields {
    const at = row * RESULT_ROW_BYTES;
    const word = at >> 2;
    const outcome = this.rows[at] as Outcome;
    const shared = this.#words[word + 3] >>> 0;
    return {
      outcome,
      reason: this.rows[at + ResultRow.REASON],
      replayed: (this.rows[at + ResultRow.FLAGS] & ResultFlag.REPLAYED) !== 0,
      field: this.rows[at + ResultRow.FIELD],
      shardId: this.#words[word + 1] >>> 0,
      generation: this.#words[word + 2] >>> 0,
      lsn: readInt64(this.#words, word + 4),
      headroomMinor: readInt64(this.#words, word + 6),
      reservationGeneration: outcome === Outcome.ERROR ? 0 : shared,
      reservationLsn: readInt64(this.#words, word + 8),
      retryAfterMs: outcome === Outcome.ERROR ? shared : 0,
    };
  }
}
