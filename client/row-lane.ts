import { type MutationFields, REQUEST_ROW_BYTES } from "../common/batch/mutation-batch.ts";
import { StoreError } from "../common/errors/store-error.ts";
import type { Answered } from "./answer-age.ts";

/** One mutation on its way, and who waits for it. */
export interface OpenRow {
  readonly fields: MutationFields;
  /** Monotonic time at which its caller stops waiting. */
  readonly deadlineMs: number;
  resolve(answer: Answered): void;
  reject(error: StoreError): void;
}

/** Rows of one batch under way; those that were given up are gone. */
export type SentRows = (OpenRow | undefined)[];

/** Rows of one batch: few enough that a frame made of it holds up no heartbeat. */
const BATCH_ROWS_MAX = 4096;

/** Estimated bytes of one batch: well below what a router takes in one message (4 MiB). */
const BATCH_BYTES_MAX = 2 << 20;

/**
 * Batches of one lane under way. Beyond it rows gather, so that a shard that does not answer leaves
 * the window to the others; at a WAN round trip of 90 ms it costs a lone caller 3 ms.
 */
const BATCHES_IN_FLIGHT_MAX = 32;

/**
 * Rows of one shard, in the order they came. A batch is answered when its slowest row is, so rows
 * of different shards travel apart: one at home never waits for one across the ocean.
 */
export class RowLane {
  #waiting: OpenRow[] = [];
  readonly #sent = new Set<SentRows>();

  get waitingCount(): number {
    return this.#waiting.length;
  }

  /** Whether no row waits and none is under way. */
  get isIdle(): boolean {
    return this.#waiting.length === 0 && this.#sent.size === 0;
  }

  /** Whether there is something to send and room for it in this lane. */
  get canSend(): boolean {
    return this.#waiting.length > 0 && this.#sent.size < BATCHES_IN_FLIGHT_MAX;
  }

  add(row: OpenRow): void {
    this.#waiting.push(row);
  }

  /** Cuts the next batch off the line; it is under way until {@link finish}. */
  takeBatch(roomRows: number): OpenRow[] {
    const rowsMax = Math.min(roomRows, BATCH_ROWS_MAX, this.#waiting.length);
    let count = 1;
    let bytes = estimatedBytes(this.#waiting[0].fields);
    for (; count < rowsMax; count++) {
      bytes += estimatedBytes(this.#waiting[count].fields);
      if (bytes > BATCH_BYTES_MAX) break;
    }
    const rows = this.#waiting.splice(0, count);
    this.#sent.add(rows);
    return rows;
  }

  finish(rows: SentRows): void {
    this.#sent.delete(rows);
  }

  /** Refuses everything that waits. */
  refuseWaiting(error: StoreError): void {
    const refused = this.#waiting;
    this.#waiting = [];
    for (const row of refused) row.reject(error);
  }

  /** Gives up rows whose callers no longer wait. */
  sweep(nowMs: number): void {
    const overdue = this.#waiting.filter((row) => row.deadlineMs <= nowMs);
    if (overdue.length > 0) this.#waiting = this.#waiting.filter((row) => row.deadlineMs > nowMs);
    for (const row of overdue)
      row.reject(new StoreError("OVERLOADED", { message: "never got its turn to be sent" }));
    for (const rows of this.#sent) sweepSent(rows, nowMs);
  }
}

function sweepSent(rows: SentRows, nowMs: number): void {
  rows.forEach((row, index) => {
    if (row === undefined || row.deadlineMs > nowMs) return;
    rows[index] = undefined;
    row.reject(
      new StoreError("COMMIT_OUTCOME_UNKNOWN", { message: "no answer within the caller's deadline" }),
    );
  });
}

function estimatedBytes(fields: MutationFields): number {
  const { issuerId, desk = "", trader = "", currency = "", labels = "" } = fields;
  const characters = issuerId.length + desk.length + trader.length + currency.length + labels.length;
  return REQUEST_ROW_BYTES + 3 * characters; // a UTF-16 unit takes at most three bytes of UTF-8
}
