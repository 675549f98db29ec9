import fc from "fast-check";
import t from "tap";
import { searchCapacity } from "../../../bench/measure/capacity-search.ts";

const search = (capacity: number, startPerSecond: number, triesMax = 40) =>
  searchCapacity({ startPerSecond, precision: 0.05, triesMax }, async (perSecond) => ({
    isKept: perSecond <= capacity,
  }));

t.test("finds the capacity from below and from above, to its precision", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 10, max: 1_000_000 }),
      fc.integer({ min: 10, max: 1_000_000 }),
      async (capacity, start) => {
        const found = await search(capacity, start);
        return found.perSecond <= capacity && found.perSecond >= capacity / 1.05 - 1e-6;
      },
    ),
  );
});

t.test("nothing holds: the capacity is 0 and the tries are bounded", async (t) => {
  const found = await search(0, 1000, 6);
  t.equal(found.perSecond, 0);
  t.same(
    found.tried.map(({ perSecond }) => perSecond),
    [1000, 500, 250, 125, 62.5, 31.25],
  );
});

t.test("everything holds: the tries are bounded", async (t) => {
  const found = await search(Number.POSITIVE_INFINITY, 1, 5);
  t.equal(found.perSecond, 16);
  t.equal(found.tried.length, 5);
});
