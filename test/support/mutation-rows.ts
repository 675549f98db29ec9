import { Kind, Outcome } from "../../common/batch/kinds.ts";
import {
  batchString,
  type MutationBatch,
  MutationBatchBuilder,
  type MutationFields,
  REQUEST_ROW_BYTES,
  RequestRow,
} from "../../common/batch/mutation-batch.ts";
import { ResultBatch } from "../../common/batch/result-batch.ts";

/** A token that is different for every number and the same for equal ones: a UUIDv7 of late 2026. */
export function testToken(number: number): Uint8Array {
  const token = new Uint8Array(16);
  new DataView(token.buffer).setUint32(12, number);
  token.set([0x01, 0xa1, 0xec, 0xaa, 0xf0, 0x00, 0x70, 0x00, 0x80], 0);
  return token;
}

/** The number behind a test token in a row. */
function testTokenNumber(batch: MutationBatch, row: number): number {
  const { buffer, byteOffset } = batch.rows;
  return new DataView(buffer, byteOffset + row * REQUEST_ROW_BYTES).getUint32(12);
}

/** A batch of reserves of 100, one per issuer named; row i carries test token first + i. */
export function reserves(
  issuerIds: readonly string[],
  first = 1,
  more: Partial<MutationFields> = {},
): MutationBatch {
  const builder = new MutationBatchBuilder(issuerIds.length);
  for (const [i, issuerId] of issuerIds.entries()) {
    builder.add({ kind: Kind.RESERVE, token: testToken(first + i), issuerId, amountMinor: 100, ...more });
  }
  return builder.take();
}

/** Numbers of the test tokens of all rows. */
export function tokenNumbers(batch: MutationBatch): number[] {
  const count = batch.rows.byteLength / REQUEST_ROW_BYTES;
  return Array.from({ length: count }, (_, row) => testTokenNumber(batch, row));
}

/** Issuer of a row; undefined when its index dangles. */
export function issuerOf(batch: MutationBatch, row: number): string | undefined {
  const at = row * REQUEST_ROW_BYTES + RequestRow.ISSUER;
  return batchString(batch, batch.rows[at] | (batch.rows[at + 1] << 8));
}

/** What a test leader says of one row: approved at an LSN, or an error. */
export type TestResult = { readonly lsn: number; readonly replayed?: boolean } | { readonly error: number };

/** A leader's answer. */
export function answerOf(rows: readonly TestResult[], shardId = 1, generation = 1): ResultBatch {
  const results = ResultBatch.ofSize(rows.length);
  for (const [row, result] of rows.entries()) {
    if ("error" in result) results.setError(row, result.error, shardId);
    else {
      const { lsn, replayed = false } = result;
      results.setDecision(row, Outcome.APPROVED, 0, replayed, shardId, generation, lsn, 900, generation, lsn);
    }
  }
  return results;
}

/** A short form of results to compare with: an LSN for an approval, "E" and the reason for an error. */
export function summaryOf(results: ResultBatch): (number | string)[] {
  return Array.from({ length: results.count }, (_, row) =>
    results.outcome(row) === Outcome.ERROR ? `E${results.reason(row)}` : results.lsn(row),
  );
}
