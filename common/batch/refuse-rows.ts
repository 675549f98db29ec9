import { ItemError, PUBLIC_KIND_MAX } from "./kinds.ts";
import { alignedRows, type MutationBatch, REQUEST_ROW_BYTES, RequestRow } from "./mutation-batch.ts";
import { invalidField, oversizedField, oversizedStrings, uint16 } from "./request-check.ts";
import type { ResultBatch } from "./result-batch.ts";
import { wordsOf } from "./row-words.ts";

/**
 * Answers the rows whose issuer has no shard. A row that is invalid in itself is refused for that,
 * as its leader would have done.
 * @param shardOfString by string index (from 1): a negative value is the reason, negated
 * @param retryAfterMs suggested wait before a retry, by ErrorReason number
 * @returns how many rows were refused for each reason
 */
export function refuseRows(
  results: ResultBatch,
  unplaced: Uint16Array,
  batch: MutationBatch,
  shardOfString: Int32Array,
  retryAfterMs: (reason: number) => number,
): ReadonlyMap<number, number> {
  const counts = new Map<number, number>();
  if (unplaced.length === 0) return counts;
  const rows = alignedRows(batch.rows);
  const words = wordsOf(rows);
  const oversized = oversizedStrings(batch);
  for (const row of unplaced) {
    const at = row * REQUEST_ROW_BYTES;
    const field =
      invalidField(words, rows, at, PUBLIC_KIND_MAX, batch.strings.length) ||
      (oversized === undefined ? 0 : oversizedField(rows, at, oversized));
    const reason =
      field === 0 ? -shardOfString[uint16(rows, at + RequestRow.ISSUER)] : ItemError.INVALID_REQUEST;
    results.setError(row, reason, 0, field, retryAfterMs(reason));
    counts.set(reason, (counts.get(reason) ?? 0) + 1);
  }
  return counts;
}
