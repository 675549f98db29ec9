import t from "tap";
import { median, spread } from "../../../bench/measure/stats.ts";

t.test("the median is the middle, whatever the order", async (t) => {
  t.equal(median([3]), 3);
  t.equal(median([9, 1, 5]), 5);
  t.equal(median([4, 1, 3, 2]), 2.5);
  t.throws(() => median([]), RangeError);
});

t.test("the median leaves its argument alone", async (t) => {
  const values = [3, 1, 2];
  median(values);
  t.same(values, [3, 1, 2]);
});

t.test("the spread is a share of the median", async (t) => {
  t.equal(spread([100]), 0);
  t.equal(spread([90, 100, 110]), 0.2);
  t.equal(spread([0, 0]), 0);
});
