import { Outcome } from "../common/batch/kinds.ts";
import {
  MutationBatchBuilder,
  type MutationFields,
  REQUEST_ROW_BYTES,
} from "../common/batch/mutation-batch.ts";
import type { Clock } from "../common/clock.ts";
import { StoreError } from "../common/errors/store-error.ts";
import { storeErrorOfResult } from "../common/reservation/mutation-outcome.ts";
import { type Answered, answered } from "./answer-age.ts";
import type { BatchAnswer, BatchStream } from "./batch-stream.ts";
import type { Deadline } from "./deadline.ts";
import { decisionFromRow } from "./decision.ts";
import type { SendWindow } from "./send-window.ts";

/** Rows of one batch: few enough that a frame made of it holds up no heartbeat. */
const BATCH_ROWS_MAX = 4096;

/** Estimated bytes of one batch: well below what a router takes in one message (4 MiB). */
const BATCH_BYTES_MAX = 2 << 20;

/** How often overdue rows are looked for, milliseconds. */
const SWEEP_MS = 20;

interface OpenRow {
  readonly fields: MutationFields;
  readonly bytes: number;
  readonly deadlineMs: number;
  resolve(answer: Answered): void;
  reject(error: StoreError): void;
}

/** Rows of one batch under way; those that were given up are gone. */
type SentRows = (OpenRow | undefined)[];

/**
 * Turns single calls into batches. What gathers within one turn of the event loop leaves together
 * at its end, so a lone caller waits for nobody; while the window is full, rows wait in line and
 * leave in bigger batches. A row waits at most up to its deadline.
 */
export class RowCoalescer {
  readonly #stream: BatchStream;
  readonly #window: SendWindow;
  readonly #rowsWaitingMax: number;
  readonly #clock: Clock;
  readonly #builder = new MutationBatchBuilder();
  #waiting: OpenRow[] = [];
  readonly #sent = new Set<SentRows>();
  #flushScheduled = false;
  #awaitsStream = false;
  #sweepScheduled = false;

  constructor(stream: BatchStream, window: SendWindow, rowsWaitingMax: number, clock: Clock) {
    this.#stream = stream;
    this.#window = window;
    this.#rowsWaitingMax = rowsWaitingMax;
    this.#clock = clock;
  }

  /** Sends one mutation. Rejects with a StoreError; OVERLOADED when it never got its turn. */
  submit(fields: MutationFields, deadline: Deadline): Promise<Answered> {
    if (this.#waiting.length >= this.#rowsWaitingMax) return Promise.reject(overloaded());
    return new Promise((resolve, reject) => {
      this.#waiting.push({
        fields,
        bytes: estimatedBytes(fields),
        deadlineMs: deadline.atMs,
        resolve,
        reject,
      });
      this.flushSoon();
      this.#sweepSoon();
    });
  }

  /** Sends what waits at the end of this turn of the event loop. */
  flushSoon(): void {
    if (this.#flushScheduled || this.#waiting.length === 0) return;
    this.#flushScheduled = true;
    setImmediate(() => {
      this.#flushScheduled = false;
      this.#flush();
    });
  }

  #flush(): void {
    while (this.#waiting.length > 0 && this.#window.roomRows > 0) {
      if (!this.#stream.canSend) {
        this.#flushWhenReady();
        return;
      }
      this.#sendBatch(this.#nextRows(this.#window.roomRows));
    }
  }

  #flushWhenReady(): void {
    if (this.#awaitsStream) return;
    this.#awaitsStream = true;
    this.#stream
      .ready()
      .then(
        () => this.flushSoon(),
        (error: StoreError) => this.#refuseWaiting(error),
      )
      .finally(() => {
        this.#awaitsStream = false;
      });
  }

  /** Cuts the next batch off the line. */
  #nextRows(roomRows: number): OpenRow[] {
    const rowsMax = Math.min(roomRows, BATCH_ROWS_MAX, this.#waiting.length);
    let bytes = 0;
    let count = 0;
    while (count < rowsMax && (count === 0 || bytes + this.#waiting[count].bytes <= BATCH_BYTES_MAX)) {
      bytes += this.#waiting[count].bytes;
      count++;
    }
    return this.#waiting.splice(0, count);
  }

  #sendBatch(rows: OpenRow[]): void {
    for (const row of rows) this.#builder.add(row.fields);
    const latestMs = rows.reduce((latest, row) => Math.max(latest, row.deadlineMs), 0);
    const sent: SentRows = rows;
    this.#sent.add(sent);
    this.#window.take(rows.length);
    this.#stream
      .send(this.#builder.take(), latestMs - this.#clock.monotonicMs())
      .then(
        (answer) => settle(sent, answer),
        (error: StoreError) => refuse(sent, error),
      )
      .finally(() => {
        this.#sent.delete(sent);
        this.#window.leave(rows.length);
      });
  }

  #refuseWaiting(error: StoreError): void {
    const rows = this.#waiting;
    this.#waiting = [];
    refuse(rows, error);
  }

  #sweepSoon(): void {
    if (this.#sweepScheduled) return;
    this.#sweepScheduled = true;
    setTimeout(() => {
      this.#sweepScheduled = false;
      this.#sweep();
      if (this.#waiting.length > 0 || this.#sent.size > 0) this.#sweepSoon();
    }, SWEEP_MS);
  }

  /** Gives up rows whose callers no longer wait. */
  #sweep(): void {
    const nowMs = this.#clock.monotonicMs();
    if (this.#waiting.some((row) => row.deadlineMs <= nowMs)) {
      const overdue = this.#waiting.filter((row) => row.deadlineMs <= nowMs);
      this.#waiting = this.#waiting.filter((row) => row.deadlineMs > nowMs);
      refuse(overdue, overloaded());
    }
    for (const rows of this.#sent) {
      rows.forEach((row, index) => {
        if (row === undefined || row.deadlineMs > nowMs) return;
        rows[index] = undefined;
        row.reject(
          new StoreError("COMMIT_OUTCOME_UNKNOWN", { message: "no answer within the caller's deadline" }),
        );
      });
    }
  }
}

function settle(rows: SentRows, answer: BatchAnswer): void {
  const sessions = new Map(answer.sessions.map((session) => [session.shardId, session]));
  rows.forEach((row, index) => {
    if (row === undefined) return;
    const result = answer.results.read(index);
    if (result.outcome === Outcome.ERROR) row.reject(storeErrorOfResult(result));
    else row.resolve(answered(decisionFromRow(result, sessions.get(result.shardId)), answer.ageMs));
  });
}

function refuse(rows: SentRows, error: StoreError): void {
  for (const row of rows) row?.reject(error);
}

function estimatedBytes(fields: MutationFields): number {
  const { issuerId, desk = "", trader = "", currency = "", labels = "" } = fields;
  const characters = issuerId.length + desk.length + trader.length + currency.length + labels.length;
  return REQUEST_ROW_BYTES + 3 * characters; // a UTF-16 unit takes at most three bytes of UTF-8
}

function overloaded(): StoreError {
  return new StoreError("OVERLOADED", { message: "too much is in flight to the router already" });
}
