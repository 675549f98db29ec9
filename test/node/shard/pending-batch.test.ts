import t from "tap";
import { ItemError, Kind, Outcome } from "../../../common/batch/kinds.ts";
import { canonicalLabels } from "../../../common/batch/labels.ts";
import type { MutationFields } from "../../../common/batch/mutation-batch.ts";
import { PendingBatch } from "../../../node/shard/pending-batch.ts";
import { batchOf, submitRequest } from "../../support/shard/batches.ts";
import { namedToken } from "../../support/shard/named-tokens.ts";

const RESERVE: MutationFields = {
  kind: Kind.RESERVE,
  token: namedToken("t1"),
  issuerId: "MUNI-7",
  amountMinor: 77,
};

t.test("rows are readable whatever their address was", async (t) => {
  const { rows, strings } = batchOf([RESERVE, RESERVE]);
  for (const padding of [0, 1, 2, 4]) {
    const moved = Buffer.concat([Buffer.alloc(padding), rows]).subarray(padding);
    const batch = new PendingBatch(submitRequest({ rows: moved, strings }));
    t.equal(batch.count, 2);
    t.strictSame([batch.words[8], batch.words[16 + 8]], [77, 77], `moved by ${padding}`);
  }
});

t.test("what is known of strings begins as unknown", async (t) => {
  const batch = new PendingBatch(submitRequest(batchOf([{ ...RESERVE, desk: "MAD" }])));
  t.strictSame([...batch.issuers], [-1, -1, -1]);
  t.strictSame([batch.nextRow, batch.inFlightFrom, batch.lsn, batch.oversized], [0, 0, 0, undefined]);
});

t.test("labels are told from other strings", async (t) => {
  const labels = canonicalLabels({ book: "b1" });
  const batch = new PendingBatch(submitRequest(batchOf([{ ...RESERVE, labels }])));
  const index = (text: string): number => batch.request.batch.strings.indexOf(text) + 1;
  t.ok(batch.isLabels(index(labels)));
  t.ok(batch.isLabels(index(labels)), "also when asked again");
  t.notOk(batch.isLabels(index("MUNI-7")));
});

t.test("a range of rows fails together", async (t) => {
  const batch = new PendingBatch(submitRequest(batchOf([RESERVE, RESERVE, RESERVE])));
  batch.fail(1, 3, ItemError.OVERLOADED, 5);
  const rows = [0, 1, 2].map((row) => [batch.results.outcome(row), batch.results.reason(row)]);
  t.strictSame(rows, [
    [0, 0],
    [Outcome.ERROR, ItemError.OVERLOADED],
    [Outcome.ERROR, ItemError.OVERLOADED],
  ]);
  t.equal(batch.results.read(1).shardId, 5);
});
