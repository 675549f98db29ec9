import t from "tap";
import { settledWithin } from "../../common/with-timeout.ts";

t.test("says whether a promise settled in time", async (t) => {
  t.equal(await settledWithin(Promise.resolve(1), 10_000), true);
  t.equal(await settledWithin(new Promise(() => {}), 1), false);
});

t.test("a failure within the time is the caller's", async (t) => {
  await t.rejects(settledWithin(Promise.reject(new Error("no")), 10_000), { message: "no" });
});
