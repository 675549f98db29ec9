import t from "tap";
import { type Distribution, issuerChoice } from "../../../bench/load/issuer-choice.ts";
import { seededRandom } from "../../../common/random.ts";

const DRAWS = 20_000;

/** Draws by issuer. */
function draw(distribution: Distribution, count: number): number[] {
  const choose = issuerChoice(distribution, count, seededRandom(1));
  const drawn = new Array<number>(count).fill(0);
  for (let i = 0; i < DRAWS; i++) drawn[choose()]++;
  return drawn;
}

t.test("uniform: everybody alike", async (t) => {
  for (const count of draw("uniform", 10)) t.ok(Math.abs(count / DRAWS - 0.1) < 0.01);
});

t.test("zipf: the first takes most, everybody something", async (t) => {
  const drawn = draw("zipf", 100);
  t.ok(drawn[0] > drawn[1] && drawn[1] > drawn[9] && drawn[9] > drawn[99]);
  t.ok(drawn.every((count) => count > 0));
});

t.test("hot: nine in ten go to the first", async (t) => {
  const drawn = draw("hot", 100);
  t.ok(Math.abs(drawn[0] / DRAWS - 0.901) < 0.01);
  t.ok(drawn.slice(1).every((count) => count > 0));
});
