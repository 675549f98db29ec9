import t from "tap";
import { IssuerLedger } from "../../workload/issuer-ledger.ts";
import { recorded } from "../support/recorded-decisions.ts";

t.test("answers in any order are applied in the order of their positions", async (t) => {
  const ledger = new IssuerLedger(100);
  const [first, second] = [ledger.begin(), ledger.begin()];
  ledger.finish(second, recorded(2, "release", 0, { targetToken: "a" }));
  t.equal(ledger.isComplete, false, "what came before is not known");
  ledger.finish(first, recorded(1, "reserve", 40, { token: "a" }));
  t.equal(ledger.isComplete, true);
  t.same(ledger.breaches, []);
  t.match(ledger.model.sums, { exposureMinor: 0, openCount: 0 });
});

t.test("an operation sent later does not hold back what was seen before", async (t) => {
  const ledger = new IssuerLedger(100);
  ledger.finish(ledger.begin(), recorded(5, "reserve", 40, { token: "a" }));
  ledger.begin();
  t.match(ledger.model.sums, { exposureMinor: 40 });
  t.equal(ledger.isComplete, false);
});

t.test("what comes behind an operation under way waits for it", async (t) => {
  const ledger = new IssuerLedger(100);
  ledger.finish(ledger.begin(), recorded(1, "reserve", 10, { token: "a" }));
  const unknown = ledger.begin();
  ledger.finish(ledger.begin(), recorded(3, "reserve", 10, { token: "c" }));
  t.match(ledger.model.sums, { exposureMinor: 10 });
  ledger.finish(unknown, undefined);
  t.match(ledger.model.sums, { exposureMinor: 20 });
});

t.test("a later generation counts as later, whatever its LSN", async (t) => {
  const ledger = new IssuerLedger(100);
  const [first, second] = [ledger.begin(), ledger.begin()];
  const position = { shardId: 1, generation: 2, lsn: 4 };
  ledger.finish(first, recorded(4, "release", 0, { targetToken: "a", position }));
  ledger.finish(second, recorded(9, "reserve", 10, { token: "a" }));
  t.same(ledger.breaches, []);
});

t.test("breaches are kept", async (t) => {
  const ledger = new IssuerLedger(5);
  ledger.finish(ledger.begin(), recorded(1, "reserve", 10));
  t.match(ledger.breaches, [{ rule: "oversold" }]);
});
