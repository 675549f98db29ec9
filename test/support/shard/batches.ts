import { Kind } from "../../../common/batch/kinds.ts";
import {
  type MutationBatch,
  MutationBatchBuilder,
  type MutationFields,
} from "../../../common/batch/mutation-batch.ts";
import type { SubmitRequest } from "../../../node/shard/events.ts";

/** Mutations as one batch. */
export function batchOf(mutations: readonly MutationFields[]): MutationBatch {
  const builder = new MutationBatchBuilder(mutations.length);
  for (const mutation of mutations) builder.add(mutation);
  return builder.take();
}

/** A request of the cluster itself that nobody hurries. */
export function submitRequest(batch: MutationBatch, changes: Partial<SubmitRequest> = {}): SubmitRequest {
  return {
    ticket: 1,
    batch,
    generation: 0,
    kindMax: Kind.TOKEN_FENCE,
    region: "madrid",
    deadlineMs: Number.POSITIVE_INFINITY,
    ...changes,
  };
}
