import { Outcome } from "../common/batch/kinds.ts";
import { MutationBatchBuilder, type MutationFields } from "../common/batch/mutation-batch.ts";
import { formatToken } from "../common/batch/token.ts";
import type { Clock } from "../common/clock.ts";
import { StoreError } from "../common/errors/store-error.ts";
import { storeErrorOfResult } from "../common/reservation/mutation-outcome.ts";
import { type Answered, answered } from "./answer-age.ts";
import type { BatchAnswer, BatchStream } from "./batch-stream.ts";
import type { Deadline } from "./deadline.ts";
import { decisionFromRow } from "./decision.ts";
import { LaneMap } from "./lane-map.ts";
import type { RowLane, SentRows } from "./row-lane.ts";
import type { SendWindow } from "./send-window.ts";

/** How often overdue rows are looked for, milliseconds. */
const SWEEP_MS = 20;

/**
 * Turns single calls into batches, shard by shard. What gathers within one turn of the event loop
 * leaves together at its end, so a lone caller waits for nobody; while the window is full, rows
 * wait in line and leave in bigger batches. A row waits at most up to its deadline.
 */
export class RowCoalescer {
  readonly #stream: BatchStream;
  readonly #window: SendWindow;
  readonly #rowsWaitingMax: number;
  readonly #clock: Clock;
  readonly #lanes = new LaneMap();
  readonly #builder = new MutationBatchBuilder();
  #turn = 0;
  #flushScheduled = false;
  #awaitsStream = false;
  #sweepScheduled = false;

  /** @param rowsWaitingMax rows of one shard that may wait in line */
  constructor(stream: BatchStream, window: SendWindow, rowsWaitingMax: number, clock: Clock) {
    this.#stream = stream;
    this.#window = window;
    this.#rowsWaitingMax = rowsWaitingMax;
    this.#clock = clock;
  }

  /** Sends one mutation. Rejects with a StoreError; OVERLOADED when it never got its turn. */
  async submit(fields: MutationFields, deadline: Deadline): Promise<Answered> {
    const { issuerId } = fields;
    const lane = this.#lanes.enter(issuerId);
    let shardId: number | undefined;
    try {
      const answer = await this.#enqueue(lane, fields, deadline);
      shardId = answer.decision.label.position.shardId;
      return answer;
    } finally {
      this.#lanes.leave(issuerId, shardId);
    }
  }

  /** Sends what waits at the end of this turn of the event loop. */
  flushSoon(): void {
    if (this.#flushScheduled) return;
    this.#flushScheduled = true;
    setImmediate(() => {
      this.#flushScheduled = false;
      this.#flush();
    });
  }

  #enqueue(lane: RowLane, fields: MutationFields, deadline: Deadline): Promise<Answered> {
    if (lane.waitingCount >= this.#rowsWaitingMax) {
      throw new StoreError("OVERLOADED", { message: "too many mutations wait for this shard already" });
    }
    return new Promise((resolve, reject) => {
      lane.add({ fields, deadlineMs: deadline.atMs, resolve, reject });
      this.flushSoon();
      this.#sweepSoon();
    });
  }

  /** One batch a lane and pass, so that a busy shard does not take the whole window. */
  #flush(): void {
    for (let hasSent = true; hasSent; ) {
      hasSent = false;
      for (const lane of this.#lanesInTurn()) {
        if (!lane.canSend || this.#window.roomRows === 0) continue;
        if (!this.#stream.canSend) {
          this.#flushWhenReady();
          return;
        }
        this.#sendBatch(lane);
        hasSent = true;
      }
    }
  }

  /** All lanes, another one first each time. */
  #lanesInTurn(): RowLane[] {
    const lanes = [...this.#lanes.lanes];
    this.#turn = (this.#turn + 1) % Math.max(1, lanes.length);
    return [...lanes.slice(this.#turn), ...lanes.slice(0, this.#turn)];
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

  #sendBatch(lane: RowLane): void {
    const rows = lane.takeBatch(this.#window.roomRows);
    for (const row of rows) this.#builder.add(row.fields);
    const latestMs = rows.reduce((latest, row) => Math.max(latest, row.deadlineMs), 0);
    const sent: SentRows = rows;
    this.#window.take(rows.length);
    this.#stream
      .send(this.#builder.take(), latestMs - this.#clock.monotonicMs())
      .then(
        (answer) => settleRows(sent, answer),
        (error: StoreError) => {
          for (const row of sent) row?.reject(error);
        },
      )
      .finally(() => {
        lane.finish(sent);
        this.#window.leave(sent.length);
      });
  }

  #refuseWaiting(error: StoreError): void {
    for (const lane of this.#lanes.lanes) lane.refuseWaiting(error);
  }

  #sweepSoon(): void {
    if (this.#sweepScheduled) return;
    this.#sweepScheduled = true;
    setTimeout(() => {
      this.#sweepScheduled = false;
      const nowMs = this.#clock.monotonicMs();
      let isIdle = true;
      for (const lane of this.#lanes.lanes) {
        lane.sweep(nowMs);
        isIdle &&= lane.isIdle;
      }
      if (!isIdle) this.#sweepSoon();
    }, SWEEP_MS);
  }
}

function settleRows(rows: SentRows, answer: BatchAnswer): void {
  const sessions = new Map(answer.sessions.map((session) => [session.shardId, session]));
  rows.forEach((row, index) => {
    if (row === undefined) return;
    const result = answer.results.read(index);
    if (result.outcome === Outcome.ERROR) row.reject(storeErrorOfResult(result));
    else {
      const token = formatToken(row.fields.token);
      const decision = decisionFromRow(result, sessions.get(result.shardId), token);
      row.resolve(answered(decision, answer.ageMs));
    }
  });
}
