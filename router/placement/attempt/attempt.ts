import { assert } from "../../../common/assert.ts";
import { ItemError } from "../../../common/batch/kinds.ts";
import { batchRowCount, type MutationBatch } from "../../../common/batch/mutation-batch.ts";
import { ResultBatch } from "../../../common/batch/result-batch.ts";
import { gather } from "../../../common/batch/gather.ts";
import { selectRows } from "../../../common/batch/select-rows.ts";
import { type ApprovalWorth, verdictOf } from "./answer-verdict.ts";
import type { ShardSession } from "./lane-events.ts";

/** What an attempt says of itself in error rows. */
export type AttemptContext = {
  readonly shardId: number;
  /** Suggested wait before a retry, by ErrorReason number, in milliseconds; 0 when none helps. */
  readonly retryAfterMs: (reason: number) => number;
};

const NO_ROWS = new Uint16Array(0);

/**
 * One batch's stay on its shard, over as many sends as it takes; rows leave it answer by answer.
 * Invariant: a row is reported as not recorded only if every send that could have recorded it was
 * answered with that; otherwise its caller learns COMMIT_OUTCOME_UNKNOWN.
 */
export class Attempt {
  readonly ticket: number;
  readonly deadlineMs: number;
  /** How often rows were sent. */
  sends = 0;
  /** When they last were. */
  sentMs = 0;
  /** Whether the caller has its answer; what still comes in is then of no interest. */
  replied = false;
  readonly #batch: MutationBatch;
  readonly #context: AttemptContext;
  /** Rows without a final result, in rising order; undefined while that is every row. */
  #open: Uint16Array | undefined;
  #results: ResultBatch | undefined;
  #session: ShardSession | undefined;
  #exposed = false;
  #wasLate = false;
  #misplaced = false;

  constructor(ticket: number, batch: MutationBatch, deadlineMs: number, context: AttemptContext) {
    this.ticket = ticket;
    this.deadlineMs = deadlineMs;
    this.#batch = batch;
    this.#context = context;
  }

  /** Number of rows without a final result. */
  get openCount(): number {
    return this.#open === undefined ? batchRowCount(this.#batch) : this.#open.length;
  }

  /** Whether an earlier send may have recorded rows that are still open. */
  get exposed(): boolean {
    return this.#exposed;
  }

  /** Whether the issuer of some row lives on another shard. */
  get misplaced(): boolean {
    return this.#misplaced;
  }

  /** Session token that covers what was recorded; undefined when nothing was. */
  get session(): ShardSession | undefined {
    return this.#session;
  }

  /** The rows without a final result, as the next send carries them. */
  openRows(): MutationBatch {
    return this.#open === undefined ? this.#batch : selectRows(this.#batch, this.#open);
  }

  /** The last send will never be answered. */
  expose(): void {
    this.#exposed = true;
  }

  /**
   * Takes in the answer to the last send.
   * @param late it took so long that approvals in it must not be believed
   * @returns whether every row has its final result now
   */
  absorb(answer: ResultBatch, session: ShardSession | undefined, late: boolean): boolean {
    assert(answer.count === this.openCount, "an answer has one result per row sent");
    // Of two tokens of one shard the later one covers the earlier one's records.
    this.#session = session ?? this.#session;
    const { again, unknown } = this.#judge(answer, this.#worthOf(late));
    if (this.#results === undefined && again.length + unknown.length === 0) {
      this.#results = answer;
      this.#open = NO_ROWS;
      return true;
    }
    const order = this.#openOrder();
    gather(this.#ownResults(), order, answer);
    for (const i of unknown) this.#setError(order[i], ItemError.COMMIT_OUTCOME_UNKNOWN);
    this.#open = Uint16Array.from(again, (i) => order[i]);
    return again.length === 0;
  }

  /** Gives every open row an error. @param reason for rows that were certainly not recorded */
  fail(reason: number): void {
    const said = this.#exposed ? ItemError.COMMIT_OUTCOME_UNKNOWN : reason;
    for (const row of this.#openOrder()) this.#setError(row, said);
    this.#open = NO_ROWS;
  }

  /** One result per row of the batch; every row must be final. */
  results(): ResultBatch {
    assert(this.openCount === 0, "results are there when every row is final");
    return this.#ownResults();
  }

  #worthOf(late: boolean): ApprovalWorth {
    if (!late) return "believed";
    if (this.#wasLate) return "unknown";
    this.#wasLate = true;
    return "uncertain";
  }

  /** Rows (of the answer) to send again, and those whose fate this attempt cannot find out. */
  #judge(answer: ResultBatch, approvals: ApprovalWorth): { again: number[]; unknown: number[] } {
    const wasExposed = this.#exposed;
    const again: number[] = [];
    const unknown: number[] = [];
    for (let i = 0; i < answer.count; i++) {
      const verdict = verdictOf(answer, i, wasExposed, approvals);
      if (verdict === "final") continue;
      if (verdict === "misplaced") this.#misplaced = true;
      else if (verdict === "unknown") unknown.push(i);
      else again.push(i);
      if (verdict === "uncertain") this.#exposed = true;
    }
    return { again, unknown };
  }

  #openOrder(): Uint16Array {
    return this.#open ?? Uint16Array.from({ length: batchRowCount(this.#batch) }, (_, row) => row);
  }

  #ownResults(): ResultBatch {
    this.#results ??= ResultBatch.ofSize(batchRowCount(this.#batch));
    return this.#results;
  }

  #setError(row: number, reason: number): void {
    const { shardId, retryAfterMs } = this.#context;
    this.#ownResults().setError(row, reason, shardId, 0, retryAfterMs(reason));
  }
}
