import type { MutationBatch } from "../../common/batch/mutation-batch.ts";
import type { ResultBatch } from "../../common/batch/result-batch.ts";
import type { Operation } from "./operation.ts";
import type { ReserveLoad } from "./reserve-load.ts";

/**
 * Reserves in prepared batches of one size.
 * @param submit has a batch decided; resolves with its last answer
 */
export function batchReserves(
  load: ReserveLoad,
  batchSize: number,
  submit: (batch: MutationBatch) => Promise<ResultBatch>,
): Operation {
  return {
    rateName: "reservationsPerSecond",
    recordsPerSend: batchSize,
    sender: (outstandingMax, recorder) => {
      const pool = load.pool(batchSize, outstandingMax);
      return async (intendedMs) => {
        const batch = pool.take();
        const results = await submit(batch.batch);
        recorder.answered(intendedMs, load.told.enter(batch, results));
        pool.give(batch);
      };
    },
  };
}
