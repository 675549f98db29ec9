import t from "tap";
import type { Decision } from "../../client/index.ts";
import { StoreError } from "../../common/errors/store-error.ts";
import { OperationRunner } from "../../workload/operation-runner.ts";
import type { OperationKind, PlannedOperation } from "../../workload/traffic.ts";
import { approvedAt } from "../support/decisions.ts";
import { WorkloadBooks } from "../../workload/workload-books.ts";
import type { WorkloadClient } from "../../workload/workload-request.ts";

const ISSUER = { issuerId: "A", homeRegion: "madrid", currency: "EUR", limitMinor: 1_000, share: 1 };

function planned(kind: OperationKind, particulars: Partial<PlannedOperation> = {}): PlannedOperation {
  const base = { atMs: 0, issuer: ISSUER, amountMinor: 10, pick: 0, desk: "d", trader: "t" };
  return { ...base, kind, aimsAtClosed: false, repeats: false, ...particulars };
}

/** A client that answers each call by the next of the given answers, and remembers the calls. */
function clientAnswering(...answers: (Decision | StoreError)[]) {
  const calls: { readonly kind: string; readonly token?: string; readonly targetToken?: string }[] = [];
  const answer =
    (kind: string) => async (input: { readonly token?: string; readonly targetToken?: string }) => {
      calls.push({ ...input, kind });
      const next = answers.shift();
      if (next === undefined) throw new Error("one call too many");
      if (next instanceof StoreError) throw next;
      return next;
    };
  const client: WorkloadClient = {
    reserve: answer("reserve"),
    release: answer("release"),
    settle: answer("settle"),
    amend: answer("amend"),
    setIssuerLimit: answer("limit"),
  };
  return { client, calls };
}

function runnerOn(client: WorkloadClient, other: WorkloadClient = client, abandoned = AbortSignal.abort()) {
  const books = new WorkloadBooks([ISSUER]);
  return { books, runner: new OperationRunner(books, client, other, abandoned) };
}

const ignore = (): void => {};

t.test("a decision goes into the books, and later operations act on it", async (t) => {
  const { client, calls } = clientAnswering(approvedAt(1), approvedAt(2));
  const { books, runner } = runnerOn(client);
  await runner.run(planned("reserve"), ignore);
  await runner.run(planned("settle"), ignore);
  t.equal(calls[1].targetToken, calls[0].token);
  t.equal(books.approved, 2);
  const { ledger } = books.issuer("A");
  t.equal(ledger.isComplete, true);
  t.match(ledger.model.sums, { exposureMinor: 10, openCount: 0, settledCount: 1 });
});

t.test("with nothing to act on a reservation is opened instead", async (t) => {
  const { client, calls } = clientAnswering(approvedAt(1));
  await runnerOn(client).runner.run(planned("release"), ignore);
  t.equal(calls[0].kind, "reserve");
});

t.test("a refusal is counted and leaves no gap", async (t) => {
  const { client } = clientAnswering(new StoreError("OVERLOADED"));
  const { books, runner } = runnerOn(client);
  await runner.run(planned("reserve"), () => t.fail("there was no decision"));
  t.same(books.errors, { OVERLOADED: 1 });
  t.equal(books.issuer("A").ledger.isComplete, true);
});

t.test("an unknown outcome is asked for again under its token", async (t) => {
  const { client, calls } = clientAnswering(new StoreError("COMMIT_OUTCOME_UNKNOWN"), approvedAt(1));
  const { books, runner } = runnerOn(client, client, new AbortController().signal);
  await runner.run(planned("reserve"), ignore);
  t.equal(calls[0].token, calls[1].token);
  t.equal(books.issuer("A").ledger.isComplete, true);
});

t.test("a refusal after an unknown outcome does not settle it", async (t) => {
  const unknown = new StoreError("COMMIT_OUTCOME_UNKNOWN");
  const { client, calls } = clientAnswering(unknown, new StoreError("OVERLOADED"), approvedAt(1));
  const { books, runner } = runnerOn(client, client, new AbortController().signal);
  await runner.run(planned("reserve"), ignore);
  t.equal(calls.length, 3);
  t.equal(books.approved, 1);
});

t.test("an outcome that stays unknown leaves the books incomplete", async (t) => {
  const { client } = clientAnswering(new StoreError("COMMIT_OUTCOME_UNKNOWN"));
  const { books, runner } = runnerOn(client);
  await runner.run(planned("reserve"), ignore);
  t.equal(books.issuer("A").ledger.isComplete, false);
});

t.test("a repetition through the other region must get the same answer", async (t) => {
  for (const [second, conflicts] of [
    [approvedAt(1), 0],
    [approvedAt(2), 1],
  ] as const) {
    const { client, calls } = clientAnswering(approvedAt(1));
    const other = clientAnswering(second);
    const { books, runner } = runnerOn(client, other.client);
    await runner.run(planned("reserve", { repeats: true }), ignore);
    t.equal(other.calls[0].token, calls[0].token);
    t.equal(books.conflicts.length, conflicts);
  }
});
