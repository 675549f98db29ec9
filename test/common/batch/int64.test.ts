import fc from "fast-check";
import t from "tap";
import { readInt64, writeInt64 } from "../../../common/batch/int64.ts";

const safe = fc.maxSafeInteger();

t.test("every safe integer comes back", async () => {
  fc.assert(
    fc.property(safe, (value) => {
      const words = new Int32Array(3);
      writeInt64(words, 1, value);
      return readInt64(words, 1) === value && words[0] === 0;
    }),
  );
});

t.test("the words are the 64-bit integer of other programs", async () => {
  fc.assert(
    fc.property(safe, (value) => {
      const words = new Int32Array(2);
      writeInt64(words, 0, value);
      return new DataView(words.buffer).getBigInt64(0, true) === BigInt(value);
    }),
  );
});

t.test("what lies beyond the safe integers never looks like one", async (t) => {
  const bytes = new DataView(new ArrayBuffer(8));
  for (const value of [2n ** 53n, 2n ** 53n + 1n, 2n ** 63n - 1n, -(2n ** 53n), -(2n ** 63n)]) {
    bytes.setBigInt64(0, value, true);
    t.notOk(Number.isSafeInteger(readInt64(new Int32Array(bytes.buffer), 0)), String(value));
  }
});
