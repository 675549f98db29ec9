import t from "tap";
import { Acknowledgements } from "../../../bench/audit/acknowledgements.ts";
import { ReserveLoad } from "../../../bench/load/reserve-load.ts";
import { Decline, ItemError, Outcome } from "../../../common/batch/kinds.ts";
import { ResultBatch } from "../../../common/batch/result-batch.ts";
import { ManualTime } from "../../support/manual-time.ts";

t.test("the rows of an answer go to their issuers' books", async (t) => {
  const load = new ReserveLoad({ seed: 1, issuers: "uniform", issuerCount: 3 }, new ManualTime());
  const batch = load.pool(4, 1).take();
  const results = ResultBatch.ofSize(4);
  results.setDecision(0, Outcome.APPROVED, Decline.NONE, false, 70_000, 1, 5, 0, 1, 5);
  results.setDecision(1, Outcome.DECLINED, Decline.LIMIT_EXCEEDED, false, 70_000, 1, 6, 0, 0, 0);
  results.setDecision(2, Outcome.APPROVED, Decline.NONE, false, 2, 1, 5, 0, 1, 5);
  results.setError(3, ItemError.OVERLOADED, 2);
  const told = new Acknowledgements(load.issuers);
  t.equal(told.enter(batch, results), 3);
  t.same([told.approved, told.declined, told.recorded], [2, 1, 3]);
  t.same(told.errors, { OVERLOADED: 1 });
  t.equal(told.sharedPositions, 0, "one LSN of two shards is two records");
  const approvedMinor = told.books.reduce((sum, book) => sum + book.approvedMinor, 0);
  t.equal(approvedMinor, batch.amountsMinor[0] + batch.amountsMinor[2]);
  t.equal(told.books[batch.issuers[1]]?.declinedMinorMin, batch.amountsMinor[1]);
});

t.test("an answer that repeats another's record is noticed, far along the log too", async (t) => {
  const told = new Acknowledgements([{ issuerId: "A", limitMinor: 1 }]);
  const decision = { issuer: 0, amountMinor: 1, approved: true, shardId: 0 };
  for (const lsn of [1, 8, 9, 10_000_000, 2 ** 33]) told.enterDecision({ ...decision, lsn });
  t.equal(told.sharedPositions, 0);
  told.enterDecision({ ...decision, lsn: 10_000_000 });
  t.equal(told.sharedPositions, 1);
});
