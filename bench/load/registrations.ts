import { Kind } from "../../common/batch/kinds.ts";
import {
  BATCH_ROWS_MAX,
  type MutationBatch,
  MutationBatchBuilder,
} from "../../common/batch/mutation-batch.ts";
import { TOKEN_BYTES } from "../../common/batch/token.ts";
import type { BenchIssuer } from "./bench-issuers.ts";
import type { TokenWriter } from "./token-writer.ts";

export const CURRENCY = "EUR";

/** Registrations of issuers as batches, for a shard that is driven directly. */
export function* registrationBatches(
  issuers: readonly BenchIssuer[],
  tokens: TokenWriter,
  wallMs: number,
): Generator<MutationBatch> {
  for (let from = 0; from < issuers.length; from += BATCH_ROWS_MAX) {
    const builder = new MutationBatchBuilder();
    for (const { issuerId, limitMinor } of issuers.slice(from, from + BATCH_ROWS_MAX)) {
      const token = new Uint8Array(TOKEN_BYTES);
      tokens.write(new Int32Array(token.buffer), TOKEN_BYTES >> 2, wallMs);
      builder.add({
        kind: Kind.REGISTER_ISSUER,
        token,
        issuerId,
        currency: CURRENCY,
        amountMinor: limitMinor,
      });
    }
    yield builder.take();
  }
}
