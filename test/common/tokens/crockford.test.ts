import * as fc from "fast-check";
import t from "tap";
import {
  checkDigit,
  formatDigits,
  fromDigits,
  parseDigits,
  toDigits,
} from "../../../common/tokens/crockford.ts";

const digits = fc.array(fc.nat({ max: 31 }), { minLength: 1, maxLength: 20 });

t.test("numbers and texts come back", async () => {
  fc.assert(fc.property(fc.maxSafeNat(), (value) => fromDigits(toDigits(value)) === value));
  fc.assert(
    fc.property(
      digits,
      (list) => parseDigits(formatDigits(list))?.every((digit, i) => digit === list[i]) === true,
    ),
  );
});

t.test("lookalikes and small letters are read, other characters are not", async (t) => {
  t.same(parseDigits("oOiIlL"), [0, 0, 1, 1, 1, 1]);
  t.same(parseDigits("az"), [10, 31]);
  for (const text of ["U", "u", "-", " ", "é", "１"]) t.equal(parseDigits(text), undefined, text);
});

t.test("a number has one spelling and stays safe", async (t) => {
  t.equal(fromDigits([0, 1]), undefined);
  t.equal(fromDigits([]), undefined);
  t.equal(fromDigits([0]), 0);
  t.equal(fromDigits(toDigits(Number.MAX_SAFE_INTEGER)), Number.MAX_SAFE_INTEGER);
  t.equal(fromDigits([8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]), undefined);
});

t.test("the check digit notices every single wrong digit", async () => {
  fc.assert(
    fc.property(digits, fc.nat(), fc.integer({ min: 1, max: 31 }), (list, place, change) => {
      const wrong = [...list];
      const index = place % list.length;
      wrong[index] = ((wrong[index] ?? 0) + change) % 32;
      return checkDigit(wrong) !== checkDigit(list);
    }),
  );
});
