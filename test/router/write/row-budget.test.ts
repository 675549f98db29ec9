import t from "tap";
import { RowBudget } from "../../../router/write/row-budget.ts";

t.test("rows are taken up to the bound and given back", async (t) => {
  const budget = new RowBudget(10);
  t.ok(budget.tryTake(7));
  t.notOk(budget.tryTake(4));
  t.ok(budget.tryTake(3));
  budget.give(7);
  t.ok(budget.tryTake(7));
});

t.test("a single batch larger than the bound is taken when nothing else is", async (t) => {
  const budget = new RowBudget(10);
  t.ok(budget.tryTake(11));
  t.notOk(budget.tryTake(1));
});

t.test("idle waits for the last row", async (t) => {
  const budget = new RowBudget(10);
  await budget.idle();
  budget.tryTake(2);
  let isIdle = false;
  const idle = budget.idle().then(() => {
    isIdle = true;
  });
  budget.give(1);
  await Promise.resolve();
  t.notOk(isIdle);
  budget.give(1);
  await idle;
  t.ok(isIdle);
});
