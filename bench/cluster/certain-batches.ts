import { setTimeout as sleep } from "node:timers/promises";
import { type HarborpointClient, StoreError } from "../../client/index.ts";
import { ItemError, Outcome } from "../../common/batch/kinds.ts";
import { batchRowCount, type MutationBatch } from "../../common/batch/mutation-batch.ts";
import { ResultBatch } from "../../common/batch/result-batch.ts";
import { reasonNumber } from "../../common/errors/reason.ts";

/** How long a batch is pursued whose outcome is unknown, milliseconds. */
const CERTAIN_MS_MAX = 30_000;
const PAUSE_MS = 100;

/**
 * Sends batches until the outcome of every row is known: a batch with unknown rows is sent again as
 * it is, and its tokens bring back what was recorded. What is refused stays refused.
 */
export class CertainBatches {
  readonly #client: Pick<HarborpointClient, "submitBatch">;
  #resent = 0;

  constructor(client: Pick<HarborpointClient, "submitBatch">) {
    this.#client = client;
  }

  /** Batches that had to be sent again. */
  get resent(): number {
    return this.#resent;
  }

  /** Never rejects with a StoreError: a batch that stays unknown comes back as such. */
  readonly submit = async (batch: MutationBatch): Promise<ResultBatch> => {
    for (let leftMs = CERTAIN_MS_MAX; ; leftMs -= PAUSE_MS) {
      const results = await this.#attempt(batch);
      if (leftMs <= 0 || !holdsUnknown(results)) return results;
      this.#resent++;
      await sleep(PAUSE_MS);
    }
  };

  async #attempt(batch: MutationBatch): Promise<ResultBatch> {
    try {
      return (await this.#client.submitBatch(batch)).results;
    } catch (error) {
      if (!(error instanceof StoreError)) throw error;
      return refused(batch, error);
    }
  }
}

function refused(batch: MutationBatch, { reason }: StoreError): ResultBatch {
  const results = ResultBatch.ofSize(batchRowCount(batch));
  for (let row = 0; row < results.count; row++) results.setError(row, reasonNumber(reason), 0);
  return results;
}

function holdsUnknown(results: ResultBatch): boolean {
  for (let row = 0; row < results.count; row++) {
    const isUnknown =
      results.outcome(row) === Outcome.ERROR && results.reason(row) === ItemError.COMMIT_OUTCOME_UNKNOWN;
    if (isUnknown) return true;
  }
  return false;
}
