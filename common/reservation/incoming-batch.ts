import { gather } from "../batch/gather.ts";
import { ItemError } from "../batch/kinds.ts";
import {
  BATCH_ROWS_MAX,
  BATCH_STRINGS_MAX,
  type MutationBatch,
  MutationBatchBuilder,
  REQUEST_ROW_BYTES,
} from "../batch/mutation-batch.ts";
import { fieldIndex } from "../batch/request-check.ts";
import { ResultBatch } from "../batch/result-batch.ts";
import { invalidRequest } from "../errors/store-error.ts";
import { checkMutation, isFieldProblem } from "../validation/mutation-fields.ts";
import type {
  MutationList,
  PackedMutations,
  ReserveStreamRequest,
} from "../../proto/gen/harborpoint/reservation/v1/reservation_pb.ts";

/** Encoding of a batch, and of its answer. */
export type BatchEncoding = "list" | "packed";

/** An item that never becomes a row. */
type RefusedItem = { readonly item: number; readonly field: number };

/** A batch of a client: the rows that can be routed, and the items that cannot. */
export type IncomingBatch = {
  readonly batchId: bigint;
  readonly encoding: BatchEncoding;
  readonly itemCount: number;
  readonly batch: MutationBatch;
  /** Completes the results of the rows to those of all items. */
  readonly resultsOfItems: (rows: ResultBatch) => ResultBatch;
};

const NO_ROWS: MutationBatch = { rows: new Uint8Array(0), strings: [] };

/**
 * Reads a batch. Items that are malformed by themselves are refused one by one; a batch that is too
 * large or cut off within a row is refused item by item as well, so that the stream goes on.
 * Throws INVALID_REQUEST when there are no items to refuse because the encoding is missing.
 */
export function readIncomingBatch({ batchId, encoding }: ReserveStreamRequest): IncomingBatch {
  switch (encoding.case) {
    case "packed":
      return { batchId, encoding: "packed", ...readPacked(encoding.value) };
    case "list":
      return { batchId, encoding: "list", ...readList(encoding.value) };
    case undefined:
      throw invalidRequest("encoding", "is missing");
  }
}

type Items = Pick<IncomingBatch, "itemCount" | "batch" | "resultsOfItems">;

function readPacked({ rows, strings }: PackedMutations): Items {
  const itemCount = Math.ceil(rows.byteLength / REQUEST_ROW_BYTES);
  if (rows.byteLength % REQUEST_ROW_BYTES !== 0 || itemCount > BATCH_ROWS_MAX)
    return refuseAll(itemCount, "rows");
  if (strings.length > BATCH_STRINGS_MAX) return refuseAll(itemCount, "strings");
  return { itemCount, batch: { rows, strings }, resultsOfItems: (results) => results };
}

function readList({ items }: MutationList): Items {
  if (items.length > BATCH_ROWS_MAX) return refuseAll(items.length, "rows");
  const builder = new MutationBatchBuilder(items.length);
  const itemOfRow: number[] = [];
  const refused: RefusedItem[] = [];
  for (const [item, mutation] of items.entries()) {
    const checked = checkMutation(mutation);
    if (isFieldProblem(checked)) refused.push({ item, field: fieldIndex(checked.field) });
    else {
      builder.add(checked);
      itemOfRow.push(item);
    }
  }
  const resultsOfItems = (results: ResultBatch): ResultBatch =>
    refused.length === 0 ? results : withRefused(items.length, Uint16Array.from(itemOfRow), results, refused);
  return { itemCount: items.length, batch: builder.take(), resultsOfItems };
}

function refuseAll(itemCount: number, field: "rows" | "strings"): Items {
  const resultsOfItems = (): ResultBatch => {
    const refused = Array.from({ length: itemCount }, (_, item) => ({ item, field: fieldIndex(field) }));
    return withRefused(itemCount, new Uint16Array(0), ResultBatch.ofSize(0), refused);
  };
  return { itemCount, batch: NO_ROWS, resultsOfItems };
}

function withRefused(
  itemCount: number,
  itemOfRow: Uint16Array,
  rows: ResultBatch,
  refused: readonly RefusedItem[],
): ResultBatch {
  const results = ResultBatch.ofSize(itemCount);
  gather(results, itemOfRow, rows);
  for (const { item, field } of refused) results.setError(item, ItemError.INVALID_REQUEST, 0, field);
  return results;
}
