import t, { type Test } from "tap";
import { HarborpointClient } from "../../client/harborpoint-client.ts";
import { newToken } from "../../client/token.ts";
import { Kind, Outcome } from "../../common/batch/kinds.ts";
import { type MutationBatch, MutationBatchBuilder } from "../../common/batch/mutation-batch.ts";
import { parseToken } from "../../common/batch/token.ts";
import { reasonName } from "../../common/errors/reason.ts";
import { FakeRouter } from "../support/fake-router.ts";
import { storeErrorOf } from "../support/store-error-of.ts";

function batchOf(count: number): MutationBatch {
  const builder = new MutationBatchBuilder();
  for (let i = 0; i < count; i++) {
    const token = parseToken(newToken());
    if (token !== undefined) builder.add({ kind: Kind.RESERVE, token, issuerId: "MUNI-77", amountMinor: 1 });
  }
  return builder.take();
}

async function routerAndClient(t: Test): Promise<{ router: FakeRouter; client: HarborpointClient }> {
  const router = await FakeRouter.start(t);
  const client = new HarborpointClient({ endpoints: [router.address] });
  t.teardown(() => client.close());
  return { router, client };
}

t.test("a prepared batch goes out as it is and comes back row by row", async (t) => {
  const { router, client } = await routerAndClient(t);
  const { results, sessions } = await client.submitBatch(batchOf(1_000));
  t.equal(results.count, 1_000);
  t.equal(results.outcome(999), Outcome.APPROVED);
  t.equal(results.lsn(999), 1_000);
  t.equal(sessions.length, 1);
  t.same(router.batchSizes, [1_000]);
});

t.test("an unanswered batch is sent again under the same tokens", async (t) => {
  const { router, client } = await routerAndClient(t);
  router.fates.push({ type: "break", recorded: true });
  const { results } = await client.submitBatch(batchOf(10));
  t.same(router.batchSizes, [10, 10]);
  t.ok(Array.from({ length: 10 }, (_, row) => results.read(row)).every(({ replayed }) => replayed));
});

t.test("approvals that come too late are confirmed by sending the batch again", async (t) => {
  const { router, client } = await routerAndClient(t);
  router.fates.push({ type: "answer", afterMs: 1_100 });
  const { results } = await client.submitBatch(batchOf(3));
  t.same(router.batchSizes, [3, 3]);
  t.equal(results.read(0).replayed, true);
});

t.test("errors of single rows stay in their rows", async (t) => {
  const { router, client } = await routerAndClient(t);
  router.fates.push({ type: "refuse", reason: "OVERLOADED" });
  const { results } = await client.submitBatch(batchOf(2));
  t.equal(results.outcome(1), Outcome.ERROR);
  t.same(router.batchSizes, [2]);
});

t.test("a row that only a later attempt refuses may be recorded: it comes back as unknown", async (t) => {
  const { router, client } = await routerAndClient(t);
  router.fates.push({ type: "break", recorded: true }, { type: "refuse", reason: "LEADER_UNREACHABLE" });
  const { results } = await client.submitBatch(batchOf(2));
  t.same(router.batchSizes, [2, 2]);
  t.equal(reasonName(results.reason(0)), "COMMIT_OUTCOME_UNKNOWN");
});

t.test("a row that no attempt can get past is refused for good, whatever became of the first", async (t) => {
  const { router, client } = await routerAndClient(t);
  router.fates.push({ type: "break", recorded: false }, { type: "refuse", reason: "ISSUER_NOT_FOUND" });
  const { results } = await client.submitBatch(batchOf(1));
  t.equal(reasonName(results.reason(0)), "ISSUER_NOT_FOUND");
});

t.test("what is no batch is refused before it is sent", async (t) => {
  const { router, client } = await routerAndClient(t);
  for (const bytes of [0, 63, 64 * 8193]) {
    const error = await storeErrorOf(client.submitBatch({ rows: new Uint8Array(bytes), strings: [] }));
    t.match(error, { reason: "INVALID_REQUEST", field: "rows" });
  }
  t.same(router.batchSizes, []);
});
