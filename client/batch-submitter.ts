import { BATCH_ROWS_MAX, type MutationBatch, REQUEST_ROW_BYTES } from "../common/batch/mutation-batch.ts";
import { ItemError, Outcome } from "../common/batch/kinds.ts";
import type { ResultBatch } from "../common/batch/result-batch.ts";
import { ERROR_CATALOG } from "../common/errors/catalog.ts";
import { reasonName } from "../common/errors/reason.ts";
import { invalidRequest, StoreError } from "../common/errors/store-error.ts";
import { APPROVAL_AGE_MS_MAX } from "./answer-age.ts";
import { Attempts } from "./attempts.ts";
import type { BatchAnswer } from "./batch-stream.ts";
import type { ResolvedClientOptions } from "./client-options.ts";
import { Deadline } from "./deadline.ts";
import type { EndpointSet } from "./endpoint-set.ts";

/**
 * Sends prepared batches. A batch whose answer did not come, or came too late to be believed, is
 * sent again as it is: its tokens turn what was recorded into replays. Errors of single rows stay
 * in their rows; but a row that a later attempt refuses may have been recorded by an earlier one, so
 * it comes back as unknown.
 */
export class BatchSubmitter {
  readonly #endpoints: EndpointSet;
  readonly #options: ResolvedClientOptions;

  constructor(endpoints: EndpointSet, options: ResolvedClientOptions) {
    this.#endpoints = endpoints;
    this.#options = options;
  }

  /** @throws StoreError when there is no believable answer within the timeout */
  async submit(batch: MutationBatch, timeoutMs: number): Promise<BatchAnswer> {
    checkRows(batch);
    const deadline = new Deadline(timeoutMs, this.#options.clock);
    const attempts = new Attempts(deadline, this.#options.random);
    for (;;) {
      try {
        const answer = await this.#endpoints.pick().submitBatch(batch, deadline);
        if (answer.ageMs <= APPROVAL_AGE_MS_MAX || !approvesAnything(answer)) {
          if (attempts.inDoubt) doubtRefusals(answer.results);
          return answer;
        }
        throw new StoreError("COMMIT_OUTCOME_UNKNOWN", {
          message: "the answer came too late to be believed",
        });
      } catch (error) {
        if (!(error instanceof StoreError) || error.row.retry === "never") throw error;
        await attempts.pause(error);
      }
    }
  }
}

function checkRows({ rows }: MutationBatch): void {
  const count = rows.byteLength / REQUEST_ROW_BYTES;
  if (!Number.isInteger(count) || count < 1 || count > BATCH_ROWS_MAX) {
    throw invalidRequest("rows", `must hold 1 to ${BATCH_ROWS_MAX} rows of ${REQUEST_ROW_BYTES} bytes`);
  }
}

function approvesAnything({ results }: BatchAnswer): boolean {
  for (let row = 0; row < results.count; row++) if (results.outcome(row) === Outcome.APPROVED) return true;
  return false;
}

/** Turns the refusals that another attempt could get past into unknown outcomes. */
function doubtRefusals(results: ResultBatch): void {
  for (let row = 0; row < results.count; row++) {
    const reason = results.outcome(row) === Outcome.ERROR ? reasonName(results.reason(row)) : undefined;
    if (reason === undefined || ERROR_CATALOG[reason].retry === "never") continue;
    results.setError(row, ItemError.COMMIT_OUTCOME_UNKNOWN, results.read(row).shardId);
  }
}
