import t from "tap";
import { OpenBatches } from "../../../router/upstream/open-batches.ts";

const batchOf = (rowCount: number, dueMs = 0) => ({ rowCount, dueMs, onAnswer: () => {} });

t.test("rows are counted as batches come and go", async (t) => {
  const open = new OpenBatches();
  const first = open.add(batchOf(3));
  const second = open.add(batchOf(4));
  t.equal(open.rows, 7);
  t.equal(open.take(first)?.rowCount, 3);
  t.equal(open.take(first), undefined, "an id is answered once");
  t.equal(open.rows, 4);
  open.clear();
  t.equal(open.rows, 0);
  t.equal(open.take(second), undefined);
  t.not(open.add(batchOf(1)), second, "ids are not used twice");
});

t.test("the earliest due time after a moment", async (t) => {
  const open = new OpenBatches();
  t.equal(open.earliestDueMs(0), Number.POSITIVE_INFINITY);
  open.add(batchOf(1, 300));
  open.add(batchOf(1, 100));
  open.add(batchOf(1, 200));
  t.equal(open.earliestDueMs(Number.NEGATIVE_INFINITY), 100);
  t.equal(open.earliestDueMs(100), 200);
  t.equal(open.earliestDueMs(300), Number.POSITIVE_INFINITY);
});
