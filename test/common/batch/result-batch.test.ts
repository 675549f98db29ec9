import assert from "node:assert/strict";
import fc from "fast-check";
import t from "tap";
import { ItemError, Outcome } from "../../../common/batch/kinds.ts";
import {
  type MutationResultFields,
  RESULT_ROW_BYTES,
  ResultBatch,
} from "../../../common/batch/result-batch.ts";

const uint32 = fc.nat(0xffffffff);
const lsn = fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER });
const decision: fc.Arbitrary<MutationResultFields> = fc.record(
  {
    outcome: fc.constantFrom(Outcome.APPROVED, Outcome.DECLINED),
    reason: fc.nat(255),
    replayed: fc.boolean(),
    field: fc.constant(0),
    shardId: uint32,
    generation: uint32,
    lsn,
    headroomMinor: fc.maxSafeInteger(),
    reservationGeneration: uint32,
    reservationLsn: lsn,
    retryAfterMs: fc.constant(0),
  },
  { noNullPrototype: true },
);
const error: fc.Arbitrary<MutationResultFields> = fc
  .record({ reason: fc.nat(255), field: fc.nat(13), shardId: uint32, retryAfterMs: uint32 })
  .map((fields) => ({
    outcome: Outcome.ERROR,
    replayed: false,
    generation: 0,
    lsn: 0,
    headroomMinor: 0,
    reservationGeneration: 0,
    reservationLsn: 0,
    ...fields,
  }));

function write(results: ResultBatch, row: number, fields: MutationResultFields): void {
  const { outcome, reason, shardId } = fields;
  if (outcome === Outcome.ERROR)
    return results.setError(row, reason, shardId, fields.field, fields.retryAfterMs);
  const { replayed, generation, headroomMinor, reservationGeneration, reservationLsn } = fields;
  results.setDecision(
    row,
    outcome,
    reason,
    replayed,
    shardId,
    generation,
    fields.lsn,
    headroomMinor,
    reservationGeneration,
    reservationLsn,
  );
}

t.test("what was written comes back, also from a copy of the bytes", async () => {
  fc.assert(
    fc.property(fc.array(fc.oneof(decision, error), { maxLength: 20 }), (rows) => {
      const results = ResultBatch.ofSize(rows.length);
      for (const [row, fields] of rows.entries()) write(results, row, fields);
      const copy = new ResultBatch(results.rows.slice());
      assert.equal(copy.count, rows.length);
      for (const [row, fields] of rows.entries()) assert.deepEqual(copy.read(row), fields);
      assert.equal(copy.lastLsn(), Math.max(0, ...rows.map((fields) => fields.lsn)));
    }),
  );
});

t.test("a row can be written again: an error leaves nothing of a decision", async () => {
  fc.assert(
    fc.property(decision, error, (before, after) => {
      const results = ResultBatch.ofSize(1);
      write(results, 0, before);
      write(results, 0, after);
      assert.deepEqual(results.read(0), after);
      write(results, 0, before);
      assert.deepEqual(results.read(0), before);
    }),
  );
});

t.test("the layout is the documented one", async (t) => {
  const results = ResultBatch.ofSize(2);
  results.setDecision(1, Outcome.DECLINED, 2, true, 5, 6, 7, -8, 9, 10);
  const view = new DataView(results.rows.buffer, RESULT_ROW_BYTES, RESULT_ROW_BYTES);
  t.strictSame(
    [0, 1, 2, 3].map((at) => view.getUint8(at)),
    [2, 2, 1, 0],
  );
  t.strictSame(
    [4, 8, 12].map((at) => view.getUint32(at, true)),
    [5, 6, 9],
  );
  t.strictSame(
    [16, 24, 32].map((at) => view.getBigInt64(at, true)),
    [7n, -8n, 10n],
  );
  results.setError(1, ItemError.OVERLOADED, 5, 3, 250);
  t.strictSame(
    [0, 1, 2, 3].map((at) => view.getUint8(at)),
    [3, ItemError.OVERLOADED, 0, 3],
  );
  t.equal(view.getUint32(12, true), 250);
});

t.test("single columns agree with the row", async (t) => {
  const results = ResultBatch.ofSize(1);
  results.setDecision(0, Outcome.APPROVED, 0, false, 5, 0xffffffff, 2 ** 40, 1, 0, 0);
  t.strictSame(
    [results.outcome(0), results.reason(0), results.generation(0), results.lsn(0)],
    [Outcome.APPROVED, 0, 0xffffffff, 2 ** 40],
  );
});
