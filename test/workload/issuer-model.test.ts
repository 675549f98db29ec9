import t from "tap";
import { IssuerModel, type RecordedDecision } from "../../workload/issuer-model.ts";
import { recorded } from "../support/recorded-decisions.ts";

/** Rules broken by a history under a limit of 100. */
function breaches(...history: RecordedDecision[]): string[] {
  const model = new IssuerModel(100);
  return history.flatMap((decision) => model.apply(decision)?.rule ?? []);
}

t.test("a life cycle adds up", async (t) => {
  const model = new IssuerModel(100);
  const history = [
    recorded(1, "reserve", 60, { token: "a" }),
    recorded(2, "reserve", 30, { token: "b" }),
    recorded(3, "amend", 40, { targetToken: "b" }),
    recorded(4, "reserve", 1, { declineReason: "LIMIT_EXCEEDED" }),
    recorded(5, "settle", 0, { targetToken: "a" }),
    recorded(6, "limit", 50),
    recorded(7, "amend", 10, { targetToken: "b" }),
    recorded(8, "release", 0, { targetToken: "b" }),
    recorded(9, "release", 0, { targetToken: "b", declineReason: "NOT_OPEN" }),
  ];
  t.same(history.map((decision) => model.apply(decision)).filter(Boolean), []);
  t.same(model.sums, { limitMinor: 50, exposureMinor: 60, openCount: 0, settledCount: 1 });
});

t.test("an approval past the limit is noticed, a shrinking amend is none", async (t) => {
  t.same(breaches(recorded(1, "reserve", 101)), ["oversold"]);
  const over = [recorded(1, "reserve", 90, { token: "a" }), recorded(2, "limit", 50)];
  t.same(breaches(...over, recorded(3, "amend", 80, { targetToken: "a" })), []);
  t.same(breaches(...over, recorded(3, "amend", 91, { targetToken: "a" })), ["oversold"]);
});

t.test("a decline although it would have fitted is noticed", async (t) => {
  t.same(breaches(recorded(1, "reserve", 100, { declineReason: "LIMIT_EXCEEDED" })), [
    "declined-with-headroom",
  ]);
  const open = recorded(1, "reserve", 60, { token: "a" });
  const amend = (amount: number) =>
    recorded(2, "amend", amount, { targetToken: "a", declineReason: "LIMIT_EXCEEDED" });
  t.same(breaches(open, amend(101)), []);
  t.same(breaches(open, amend(100)), ["declined-with-headroom"]);
});

t.test("acting on what is not open is noticed, and so is a wrong NOT_OPEN", async (t) => {
  t.same(breaches(recorded(1, "release", 0, { targetToken: "a" })), ["wrong-state"]);
  t.same(breaches(recorded(1, "amend", 5, { targetToken: "a" })), ["wrong-state"]);
  const open = recorded(1, "reserve", 60, { token: "a" });
  t.same(breaches(open, recorded(2, "settle", 0, { targetToken: "a", declineReason: "NOT_OPEN" })), [
    "wrong-state",
  ]);
  t.same(breaches(open, recorded(2, "reserve", 1, { token: "a" })), ["wrong-state"]);
});

t.test("two decisions at one position are noticed", async (t) => {
  t.same(breaches(recorded(1, "reserve", 1), recorded(1, "reserve", 1, { token: "b" })), ["position-shared"]);
});

t.test("an issuer with a past starts from it", async (t) => {
  const model = new IssuerModel(100, { exposureMinor: 90, settledCount: 3, open: new Map([["a", 40]]) });
  t.equal(model.apply(recorded(5, "release", 0, { targetToken: "a" })), undefined);
  t.match(model.apply(recorded(6, "reserve", 51)), { rule: "oversold" });
  t.match(model.sums, { exposureMinor: 101, openCount: 1, settledCount: 3 });
});
