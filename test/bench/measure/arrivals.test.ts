import t from "tap";
import { arrivals } from "../../../bench/measure/arrivals.ts";
import { seededRandom } from "../../../common/random.ts";

const take = (count: number, seed: number): number[] => [...arrivals(1000, seededRandom(seed)).take(count)];

t.test("the same seed gives the same arrivals", async (t) => {
  t.same(take(100, 1), take(100, 1));
  t.notSame(take(100, 1), take(100, 2));
});

t.test("arrivals rise, come at the rate asked for, and are not evenly spaced", async (t) => {
  const times = take(20_000, 3);
  const gaps = times.map((time, i) => time - (times[i - 1] ?? 0));
  t.ok(gaps.every((gap) => gap >= 0));
  const mean = (times.at(-1) ?? 0) / times.length;
  t.ok(Math.abs(mean - 1) < 0.03, `mean gap ${mean} ms`);
  const longGaps = gaps.filter((gap) => gap > 3).length / gaps.length;
  t.ok(Math.abs(longGaps - Math.exp(-3)) < 0.01, `share of gaps over three times the mean: ${longGaps}`);
});
