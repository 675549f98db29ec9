import { setTimeout as sleep } from "node:timers/promises";
import { type HarborpointClient, StoreError } from "../../client/index.ts";
import { ItemError, Outcome } from "../../common/batch/kinds.ts";
import { batchRowCount, type MutationBatch } from "../../common/batch/mutation-batch.ts";
import { ResultBatch } from "../../common/batch/result-batch.ts";
import { ERROR_CATALOG } from "../../common/errors/catalog.ts";
import { reasonName, reasonNumber } from "../../common/errors/reason.ts";

/** How long a batch is pursued whose outcome is unknown, milliseconds. */
const CERTAIN_MS_MAX = 30_000;
const PAUSE_MS = 100;

/**
 * Sends batches until the outcome of every row is known: a batch with unknown rows is sent again as
 * it is, and its tokens bring back what was recorded. What is refused at once stays refused; what is
 * refused after an attempt that may have recorded it is unknown as well.
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

  /** Never rejects with a StoreError: rows that stay unknown come back as such. */
  readonly submit = async (batch: MutationBatch): Promise<ResultBatch> => {
    let inDoubt = false;
    for (let leftMs = CERTAIN_MS_MAX; ; leftMs -= PAUSE_MS) {
      const results = await this.#attempt(batch);
      inDoubt ||= rowsWith(results, isUnknown).length > 0;
      const open = inDoubt ? rowsWith(results, isOpen) : [];
      if (open.length === 0) return results;
      if (leftMs <= 0) return unknownIn(results, open);
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

/** Rows whose error has a certain kind of reason. */
function rowsWith(results: ResultBatch, isWanted: (reason: number) => boolean): number[] {
  const rows: number[] = [];
  for (let row = 0; row < results.count; row++) {
    if (results.outcome(row) === Outcome.ERROR && isWanted(results.reason(row))) rows.push(row);
  }
  return rows;
}

function isUnknown(reason: number): boolean {
  return reason === ItemError.COMMIT_OUTCOME_UNKNOWN;
}

/** Whether another attempt could get past it. */
function isOpen(reason: number): boolean {
  const name = reasonName(reason);
  return name === undefined || ERROR_CATALOG[name].retry !== "never";
}

function unknownIn(results: ResultBatch, rows: readonly number[]): ResultBatch {
  for (const row of rows) results.setError(row, ItemError.COMMIT_OUTCOME_UNKNOWN, 0);
  return results;
}
