import assert from "node:assert/strict";
import fc from "fast-check";
import t from "tap";
import { readInt64 } from "../../../common/batch/int64.ts";
import { Kind } from "../../../common/batch/kinds.ts";
import {
  alignedRows,
  BATCH_ROWS_MAX,
  BATCH_STRINGS_MAX,
  batchRowCount,
  batchString,
  type MutationBatch,
  MutationBatchBuilder,
  type MutationFields,
  REQUEST_ROW_BYTES,
  RequestRow,
} from "../../../common/batch/mutation-batch.ts";
import { namedToken } from "../../support/shard/named-tokens.ts";

const name = fc.string({ maxLength: 5 });
const token = fc.string({ maxLength: 5 }).map((text) => namedToken(text));
const fields: fc.Arbitrary<Required<MutationFields>> = fc.record(
  {
    kind: fc.constantFrom(...Object.values(Kind)),
    token,
    targetToken: token,
    amountMinor: fc.maxSafeInteger(),
    issuerId: name,
    desk: name,
    trader: name,
    currency: name,
    labels: name,
    ttlMs: fc.nat(0xffffffff),
  },
  { noNullPrototype: true },
);

/** Reads a row back as the layout page describes it, independently of the code under test. */
function readRow(batch: MutationBatch, row: number): Required<MutationFields> {
  const at = row * REQUEST_ROW_BYTES;
  const view = new DataView(batch.rows.buffer, batch.rows.byteOffset + at, REQUEST_ROW_BYTES);
  const text = (offset: number): string => batchString(batch, view.getUint16(offset, true));
  return {
    kind: view.getUint8(50) as Kind,
    token: batch.rows.slice(at, at + 16),
    targetToken: batch.rows.slice(at + 16, at + 32),
    amountMinor: Number(view.getBigInt64(32, true)),
    issuerId: text(40),
    desk: text(42),
    trader: text(44),
    currency: text(46),
    labels: text(48),
    ttlMs: view.getUint32(52, true),
  };
}

t.test("what was added is in the rows", async () => {
  fc.assert(
    fc.property(
      fc.array(fields, { maxLength: 200 }),
      fc.integer({ min: 0, max: 8 }),
      (mutations, expected) => {
        const builder = new MutationBatchBuilder(expected);
        for (const [row, mutation] of mutations.entries()) assert.equal(builder.add(mutation), row);
        const batch = builder.take();
        assert.equal(batchRowCount(batch), mutations.length);
        for (const [row, mutation] of mutations.entries()) assert.deepEqual(readRow(batch, row), mutation);
      },
    ),
    { numRuns: 50 },
  );
});

t.test("what was left out is empty", async (t) => {
  const builder = new MutationBatchBuilder();
  builder.add({ kind: Kind.RELEASE, token: namedToken("t1"), issuerId: "MUNI-7" });
  const row = readRow(builder.take(), 0);
  const { kind, token: _, issuerId, targetToken, ...others } = row;
  t.strictSame([kind, issuerId, [...targetToken]], [Kind.RELEASE, "MUNI-7", Array(16).fill(0)]);
  t.strictSame(others, { amountMinor: 0, desk: "", trader: "", currency: "", labels: "", ttlMs: 0 });
});

t.test("equal strings are stored once", async (t) => {
  const builder = new MutationBatchBuilder();
  for (let i = 0; i < 3; i++) {
    builder.add({
      kind: Kind.RESERVE,
      token: namedToken(`t${i}`),
      issuerId: "MUNI-7",
      desk: "MUNI-7",
      trader: "ana",
    });
  }
  t.strictSame(builder.take().strings, ["MUNI-7", "ana"]);
});

t.test("a batch that was handed over stays as it was", async (t) => {
  const builder = new MutationBatchBuilder(1);
  builder.add({ kind: Kind.RESERVE, token: namedToken("t1"), issuerId: "MUNI-7", amountMinor: 5 });
  const first = builder.take();
  t.equal(builder.count, 0);
  builder.add({ kind: Kind.RESERVE, token: namedToken("t2"), issuerId: "MUNI-8", amountMinor: 6 });
  const second = builder.take();
  t.equal(readRow(first, 0).issuerId, "MUNI-7");
  t.equal(readRow(first, 0).amountMinor, 5);
  t.equal(readRow(second, 0).issuerId, "MUNI-8");
});

t.test("a batch has a bound", async (t) => {
  const builder = new MutationBatchBuilder(BATCH_ROWS_MAX);
  const mutation = { kind: Kind.RESERVE, token: namedToken("t1"), issuerId: "MUNI-7" };
  for (let i = 0; i < BATCH_ROWS_MAX; i++) builder.add(mutation);
  t.throws(() => builder.add(mutation), { name: "InvariantViolation" });
  t.ok(BATCH_STRINGS_MAX < 2 ** 16, "indexes fit their 16 bits");
});

t.test("rows at an odd address are copied, others are not", async (t) => {
  const rows = new Uint8Array(new ArrayBuffer(132), 4, REQUEST_ROW_BYTES);
  t.equal(alignedRows(rows), rows);
  const odd = Buffer.alloc(132).subarray(3, 3 + REQUEST_ROW_BYTES);
  odd.writeBigInt64LE(77n, RequestRow.AMOUNT_MINOR);
  const aligned = alignedRows(odd);
  t.equal(aligned.byteOffset % 4, 0);
  t.equal(readInt64(new Int32Array(aligned.buffer, aligned.byteOffset), RequestRow.AMOUNT_MINOR >> 2), 77);
  odd.writeBigInt64LE(78n, RequestRow.AMOUNT_MINOR);
  t.equal(aligned[RequestRow.AMOUNT_MINOR], 77, "a copy, not another view");
});
