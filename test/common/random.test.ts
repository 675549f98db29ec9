import * as fc from "fast-check";
import t from "tap";
import { type Random, seededRandom, systemRandom } from "../../common/random.ts";

function sample(random: Random): unknown[] {
  return [random.fraction(), random.integer(1, 6), ...random.bytes(8)];
}

t.test("the same seed gives the same sequence, another seed another one", async (t) => {
  t.same(sample(seededRandom(7)), sample(seededRandom(7)));
  t.notSame(sample(seededRandom(7)), sample(seededRandom(8)));
});

for (const [name, random] of [
  ["seeded", seededRandom(1)],
  ["system", systemRandom],
] as const) {
  t.test(`${name} randomness stays within its bounds`, async () => {
    fc.assert(
      fc.property(fc.maxSafeInteger(), fc.nat({ max: 2 ** 40 }), (min, span) => {
        const max = Math.min(min + span, Number.MAX_SAFE_INTEGER);
        const value = random.integer(min, max);
        const fraction = random.fraction();
        return value >= min && value <= max && Number.isSafeInteger(value) && fraction >= 0 && fraction < 1;
      }),
    );
  });

  t.test(`${name} randomness reaches both ends`, async (t) => {
    const values = new Set(Array.from({ length: 200 }, () => random.integer(0, 2)));
    t.same(values, new Set([0, 1, 2]));
    t.equal(random.bytes(5).length, 5);
  });
}
