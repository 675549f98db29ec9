import fc from "fast-check";
import t from "tap";
import { gather } from "../../../common/batch/gather.ts";
import { Kind } from "../../../common/batch/kinds.ts";
import {
  batchRowCount,
  batchString,
  type MutationBatch,
  MutationBatchBuilder,
  REQUEST_ROW_BYTES,
  RequestRow,
} from "../../../common/batch/mutation-batch.ts";
import { uint16 } from "../../../common/batch/request-check.ts";
import { ResultBatch } from "../../../common/batch/result-batch.ts";
import { issuerIndexes, scatter } from "../../../common/batch/scatter.ts";
import {
  answerOf,
  issuerOf,
  reserves,
  summaryOf,
  testToken,
  tokenNumbers,
} from "../../support/mutation-rows.ts";

/** Everything a row says, with its strings spelled out: what must survive a scatter. */
function spelledOut(batch: MutationBatch, row: number): string {
  const at = row * REQUEST_ROW_BYTES;
  const bytes = Buffer.from(batch.rows.subarray(at, at + REQUEST_ROW_BYTES));
  const fields = [
    RequestRow.ISSUER,
    RequestRow.DESK,
    RequestRow.TRADER,
    RequestRow.CURRENCY,
    RequestRow.LABELS,
  ];
  const texts = fields.map((field) => batchString(batch, uint16(bytes, field)));
  bytes.fill(0, RequestRow.ISSUER, RequestRow.LABELS + 2);
  return `${bytes.toString("hex")} ${JSON.stringify(texts)}`;
}

/** The shard of a test issuer "i<n>-<shard>"; negative when it has none. */
function shardsOf(batch: MutationBatch): Int32Array {
  const shards = new Int32Array(batch.strings.length + 1).fill(-1);
  for (const index of issuerIndexes(batch)) shards[index] = Number(batch.strings[index - 1].split("/")[1]);
  return shards;
}

const rowArbitrary = fc.record({
  issuer: fc.integer({ min: 0, max: 20 }),
  desk: fc.constantFrom("", "rates", "credit"),
  trader: fc.string({ maxLength: 4 }),
  labels: fc.option(fc.string({ maxLength: 6 }), { nil: "" }),
  amountMinor: fc.integer({ min: 1, max: 2 ** 40 }),
});

function batchOf(
  rows: readonly { issuer: number; desk: string; trader: string; labels: string; amountMinor: number }[],
) {
  const builder = new MutationBatchBuilder(Math.max(1, rows.length));
  for (const [i, { issuer, ...rest }] of rows.entries()) {
    const shard = issuer === 0 ? -1 : issuer % 4;
    builder.add({ kind: Kind.RESERVE, token: testToken(i), issuerId: `i${issuer}/${shard}`, ...rest });
  }
  return builder.take();
}

t.test("a scattered batch holds every row once, in order, with the strings it had", async () => {
  fc.assert(
    fc.property(fc.array(rowArbitrary, { maxLength: 60 }), fc.boolean(), (rows, misaligned) => {
      const built = batchOf(rows);
      const batch = misaligned ? { ...built, rows: shifted(built.rows) } : built;
      const original = Array.from({ length: batchRowCount(batch) }, (_, row) => spelledOut(batch, row));
      const plan = scatter(batch, shardsOf(batch));
      if (plan.type === "whole") {
        return rows.length > 0 && rows.every(({ issuer }) => issuer !== 0 && issuer % 4 === plan.shardId);
      }
      const seen = new Set<number>(plan.unplaced);
      for (const { shardId, batch: part, order } of plan.parts) {
        if (batchRowCount(part) !== order.length || order.length === 0) return false;
        for (const [i, row] of order.entries()) {
          if (seen.has(row) || (i > 0 && order[i - 1] >= row)) return false;
          if (rows[row].issuer % 4 !== shardId || spelledOut(part, i) !== original[row]) return false;
          seen.add(row);
        }
      }
      const unplacedRight = [...plan.unplaced].every((row) => rows[row].issuer === 0);
      return unplacedRight && seen.size === rows.length;
    }),
  );
});

/** The same bytes at an address that is not divisible by 4, as messages bring them. */
function shifted(rows: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(rows.byteLength + 1);
  bytes.set(rows, 1);
  return bytes.subarray(1);
}

t.test("a batch of one shard is not touched", async (t) => {
  const batch = reserves(["a/3", "b/3", "a/3"]);
  t.same(scatter(batch, shardsOf(batch)), { type: "whole", shardId: 3 });
});

t.test("an empty batch has no parts", async (t) => {
  const batch = reserves([]);
  t.same(scatter(batch, shardsOf(batch)), { type: "split", parts: [], unplaced: new Uint16Array(0) });
});

t.test("rows without an issuer, or with one that dangles, are unplaced", async (t) => {
  const batch = reserves(["a/1", "a/1", "a/1"]);
  batch.rows[1 * REQUEST_ROW_BYTES + RequestRow.ISSUER] = 0;
  batch.rows[2 * REQUEST_ROW_BYTES + RequestRow.ISSUER + 1] = 0xff;
  const plan = scatter(batch, shardsOf(batch));
  t.match(plan, { type: "split", unplaced: Uint16Array.of(1, 2) });
  t.same(issuerIndexes(batch), [1]);
});

t.test("strings that no row of a part refers to are left out when they are many", async (t) => {
  const batch = reserves(["a/1", "b/2", "c/3"]);
  const plan = scatter(batch, shardsOf(batch));
  if (plan.type !== "split") throw new Error("three shards were expected");
  t.same(
    plan.parts.map(({ batch: { strings } }) => strings),
    [["a/1"], ["b/2"], ["c/3"]],
  );
  t.same(
    plan.parts.map(({ batch: part }) => issuerOf(part, 0)),
    ["a/1", "b/2", "c/3"],
  );
});

t.test("a dangling string stays dangling in a part", async (t) => {
  const batch = reserves(["a/1", "b/2"]);
  batch.rows[RequestRow.DESK] = 77;
  const plan = scatter(batch, shardsOf(batch));
  if (plan.type !== "split") throw new Error("two shards were expected");
  const [{ batch: part }] = plan.parts;
  t.ok(uint16(part.rows, RequestRow.DESK) > part.strings.length, "the leader still finds the fault");
});

t.test("results gathered by the plan's orders stand in the caller's order", async () => {
  fc.assert(
    fc.property(fc.array(rowArbitrary, { maxLength: 60 }), (rows) => {
      const batch = batchOf(rows);
      const plan = scatter(batch, shardsOf(batch));
      if (plan.type === "whole") return true;
      const results = ResultBatch.ofSize(rows.length);
      for (const { batch: part, order } of plan.parts) {
        gather(results, order, answerOf(tokenNumbers(part).map((number) => ({ lsn: number + 1 }))));
      }
      for (const row of plan.unplaced) results.setError(row, 2, 0);
      const expected = rows.map(({ issuer }, row) => (issuer === 0 ? "E2" : row + 1));
      return summaryOf(results).every((summary, row) => summary === expected[row]);
    }),
  );
});
