import t from "tap";
import { CertainBatches } from "../../../bench/cluster/certain-batches.ts";
import type { BatchAnswer } from "../../../client/index.ts";
import { StoreError } from "../../../client/index.ts";
import { Decline, ItemError, Outcome } from "../../../common/batch/kinds.ts";
import type { MutationBatch } from "../../../common/batch/mutation-batch.ts";
import { ResultBatch } from "../../../common/batch/result-batch.ts";

const BATCH: MutationBatch = { rows: new Uint8Array(128), strings: ["A"] };

/** An answer to two rows: decisions, or errors by reason. */
function answer(...rows: ("ok" | number)[]): BatchAnswer {
  const results = ResultBatch.ofSize(rows.length);
  rows.forEach((row, index) => {
    if (row === "ok")
      results.setDecision(index, Outcome.APPROVED, Decline.NONE, false, 1, 1, index + 1, 0, 1, index + 1);
    else results.setError(index, row, 1);
  });
  return { results, sessions: [], ageMs: 1 };
}

/** A client that gives these answers one after the other. */
function clientOf(...answers: (BatchAnswer | StoreError)[]) {
  const sent: MutationBatch[] = [];
  const submitBatch = async (batch: MutationBatch): Promise<BatchAnswer> => {
    const next = answers[sent.push(batch) - 1];
    if (next === undefined || next instanceof StoreError) throw next ?? new Error("asked too often");
    return next;
  };
  return { sent, submitBatch };
}

t.test("what is known at once is sent once, refusals too", async (t) => {
  const client = clientOf(answer("ok", ItemError.OVERLOADED));
  const batches = new CertainBatches(client);
  t.equal((await batches.submit(BATCH)).reason(1), ItemError.OVERLOADED);
  t.equal(client.sent.length, 1);
  t.equal(batches.resent, 0);
});

t.test("unknown rows are pursued with the same batch until they are known", async (t) => {
  const unknown = new StoreError("COMMIT_OUTCOME_UNKNOWN");
  const client = clientOf(answer("ok", ItemError.COMMIT_OUTCOME_UNKNOWN), unknown, answer("ok", "ok"));
  const batches = new CertainBatches(client);
  t.equal((await batches.submit(BATCH)).outcome(1), Outcome.APPROVED);
  t.same(client.sent, [BATCH, BATCH, BATCH]);
  t.equal(batches.resent, 2);
});

t.test("what is refused after an attempt that may have recorded it is pursued too", async (t) => {
  const { COMMIT_OUTCOME_UNKNOWN, LEADER_UNREACHABLE, ISSUER_NOT_FOUND } = ItemError;
  const client = clientOf(
    answer("ok", COMMIT_OUTCOME_UNKNOWN),
    answer(LEADER_UNREACHABLE, LEADER_UNREACHABLE),
    answer("ok", ISSUER_NOT_FOUND),
  );
  const results = await new CertainBatches(client).submit(BATCH);
  t.equal(client.sent.length, 3);
  t.equal(results.outcome(0), Outcome.APPROVED);
  t.equal(results.reason(1), ISSUER_NOT_FOUND, "no attempt can get past that");
});

t.test("a batch that is refused as a whole is refused row by row", async (t) => {
  const results = await new CertainBatches(clientOf(new StoreError("OVERLOADED"))).submit(BATCH);
  t.same([results.reason(0), results.reason(1)], [ItemError.OVERLOADED, ItemError.OVERLOADED]);
});

t.test("a fault that is no answer of the store is passed on", async (t) => {
  await t.rejects(new CertainBatches(clientOf()).submit(BATCH), { message: "asked too often" });
});
