import t from "tap";
import { Acknowledgements } from "../../../bench/audit/acknowledgements.ts";
import { auditLoad, type IssuerState } from "../../../bench/audit/load-audit.ts";

const ISSUERS = [
  { issuerId: "A", limitMinor: 1000 },
  { issuerId: "B", limitMinor: 50 },
];

/** A load of three approved reserves and a declined one. */
function told(): Acknowledgements {
  const acknowledgements = new Acknowledgements(ISSUERS);
  const decisions = [
    { issuer: 0, amountMinor: 100, approved: true, lsn: 10 },
    { issuer: 0, amountMinor: 200, approved: true, lsn: 11 },
    { issuer: 1, amountMinor: 40, approved: true, lsn: 12 },
    { issuer: 1, amountMinor: 30, approved: false, lsn: 13 },
  ];
  for (const decision of decisions) acknowledgements.enterDecision({ ...decision, shardId: 1 });
  return acknowledgements;
}

function states(changes: { readonly A?: Partial<IssuerState>; readonly B?: Partial<IssuerState> } = {}) {
  const a = { limitMinor: 1000, exposureMinor: 300, openCount: 2, settledCount: 0, ...changes.A };
  const b = { limitMinor: 50, exposureMinor: 40, openCount: 1, settledCount: 0, ...changes.B };
  return new Map<string, IssuerState>([
    ["A", a],
    ["B", b],
  ]);
}

t.test("a store that holds exactly what was acknowledged passes", async (t) => {
  t.same(auditLoad(told(), states()), []);
  t.equal(told().recorded, 4);
});

t.test("a store that oversold fails, even if the books agree with it", async (t) => {
  const oversold = told();
  oversold.enterDecision({ issuer: 1, amountMinor: 20, approved: true, shardId: 1, lsn: 14 });
  const findings = auditLoad(oversold, states({ B: { exposureMinor: 60, openCount: 2 } }));
  t.match(findings, ["B: oversold: exposure 60 is above the limit 50"]);
});

t.test("an acknowledged reservation that is missing fails", async (t) => {
  const findings = auditLoad(told(), states({ A: { exposureMinor: 100, openCount: 1 } }));
  t.match(findings, [
    /A: holds 1 reservations, acknowledged were 2/,
    /A: exposure is 100, acknowledged was 300/,
  ]);
});

t.test("a reservation that was applied twice fails", async (t) => {
  t.match(auditLoad(told(), states({ A: { exposureMinor: 400, openCount: 3 } })), [
    /holds 3/,
    /exposure is 400/,
  ]);
});

t.test("a decline that still fits fails", async (t) => {
  const generous = told();
  generous.enterDecision({ issuer: 0, amountMinor: 600, approved: false, shardId: 1, lsn: 15 });
  t.match(auditLoad(generous, states()), ["A: declined 600, which still fits"]);
});

t.test("another limit than the registered one, or no issuer at all, fails", async (t) => {
  t.match(auditLoad(told(), states({ A: { limitMinor: 2000 } })), [/limit is 2000, registered was 1000/]);
  t.match(auditLoad(told(), new Map()), ["A is not in the store", "B is not in the store"]);
});

t.test("two answers that name one record, and unknown outcomes, fail", async (t) => {
  const doubled = told();
  doubled.enterDecision({ issuer: 0, amountMinor: 0, approved: false, shardId: 1, lsn: 11 });
  t.match(auditLoad(doubled, states())[0], /1 answers name a record of another/);
  const unknown = told();
  unknown.enterError("COMMIT_OUTCOME_UNKNOWN");
  t.match(auditLoad(unknown, states())[0], /1 outcomes stayed unknown/);
});

t.test("refusals that were not recorded are no finding", async (t) => {
  const refused = told();
  refused.enterError("OVERLOADED");
  t.same(auditLoad(refused, states()), []);
  t.same(refused.errors, { OVERLOADED: 1 });
});
