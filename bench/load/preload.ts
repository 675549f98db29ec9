import { Outcome } from "../../common/batch/kinds.ts";
import { type MutationBatch, REQUEST_ROW_BYTES } from "../../common/batch/mutation-batch.ts";
import type { ResultBatch } from "../../common/batch/result-batch.ts";
import { formatToken } from "../../common/batch/token.ts";
import type { ReserveLoad } from "./reserve-load.ts";

/** A reserve that was decided, to ask for later. */
export interface KnownReserve {
  /** Number of the issuer. */
  readonly issuer: number;
  readonly token: string;
  readonly approved: boolean;
}

const BATCH = 4096;
const BATCHES_AT_ONCE = 4;
/** Rows remembered of every batch: spread over time, so that old and young tokens are asked for alike. */
const KNOWN_PER_BATCH = 64;

/**
 * Puts reserves into a store, as fast as it takes them.
 * @param records how many at least
 * @returns some of them
 */
export async function preload(
  load: ReserveLoad,
  records: number,
  submit: (batch: MutationBatch) => Promise<ResultBatch>,
): Promise<KnownReserve[]> {
  const pool = load.pool(BATCH, BATCHES_AT_ONCE);
  const known: KnownReserve[] = [];
  const goal = load.told.recorded + records;
  const caller = async (): Promise<void> => {
    while (load.told.recorded < goal) {
      const batch = pool.take();
      const results = await submit(batch.batch);
      if (load.told.enter(batch, results) === 0) throw new Error("the store takes no reserves");
      for (let row = 0; row < KNOWN_PER_BATCH; row++) {
        if (results.outcome(row) === Outcome.ERROR) continue;
        const token = formatToken(batch.batch.rows, row * REQUEST_ROW_BYTES);
        known.push({
          issuer: batch.issuers[row],
          token,
          approved: results.outcome(row) === Outcome.APPROVED,
        });
      }
      pool.give(batch);
    }
  };
  await Promise.all(Array.from({ length: BATCHES_AT_ONCE }, caller));
  return known;
}
