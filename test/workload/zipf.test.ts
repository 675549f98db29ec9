import t from "tap";
import { seededRandom } from "../../common/random.ts";
import { Zipf } from "../../workload/zipf.ts";

t.test("ranks come with the probability their place gives them", async (t) => {
  const zipf = new Zipf(50, 1);
  const random = seededRandom(7);
  const counts = Array.from({ length: 50 }, () => 0);
  const draws = 50_000;
  for (let i = 0; i < draws; i++) counts[zipf.draw(random)]++;
  for (const rank of [0, 1, 9, 49]) {
    const expected = zipf.probability(rank) * draws;
    t.ok(
      Math.abs(counts[rank] - expected) < 5 * Math.sqrt(expected),
      `rank ${rank}: ${counts[rank]} of ${expected}`,
    );
  }
  t.ok(Math.abs(zipf.probability(0) / zipf.probability(1) - 2) < 1e-9);
});

t.test("a single rank takes everything", async (t) => {
  const zipf = new Zipf(1, 1.2);
  t.equal(zipf.draw(seededRandom(1)), 0);
  t.equal(zipf.probability(0), 1);
});
