import t from "tap";
import { DurabilityWaiters } from "../../../node/reads/durability-waiters.ts";
import { storeErrorPattern } from "../../support/store-error-pattern.ts";

t.test("a waiter hears when the remote holds its record", async (t) => {
  const waiters = new DurabilityWaiters();
  const answers: string[] = [];
  const note = (name: string) => (isDurable: boolean) => void answers.push(`${name} ${isDurable}`);
  const waits = [waiters.wait(10, 500).then(note("ten")), waiters.wait(12, 500).then(note("twelve"))];
  waiters.onRemoteDurable(9);
  waiters.onTick(499);
  await Promise.resolve();
  t.same(answers, []);
  waiters.onRemoteDurable(11);
  await waits[0];
  t.same(answers, ["ten true"]);
  waiters.onRemoteDurable(12);
  await waits[1];
  t.same(answers, ["ten true", "twelve true"]);
  t.ok(waiters.isEmpty);
});

t.test("a waiter whose time is up hears that too", async (t) => {
  const waiters = new DurabilityWaiters();
  const wait = waiters.wait(10, 500);
  waiters.onTick(500);
  t.equal(await wait, false);
  t.ok(waiters.isEmpty);
});

t.test("too many waiters are turned away", async (t) => {
  const waiters = new DurabilityWaiters();
  for (let i = 0; i < 10_000; i++) void waiters.wait(1, 1);
  t.throws(() => waiters.wait(1, 1), storeErrorPattern("OVERLOADED"));
  waiters.onTick(1);
});
