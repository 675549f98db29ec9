import fc from "fast-check";
import t from "tap";
import { FrameTokens } from "../../../node/shard/frame-tokens.ts";

t.test("it is a multimap from hash to rows, emptied by a reset of any size", async () => {
  const hash = fc.oneof(fc.constantFrom(1, 256, 257, 0xffffffff), fc.integer({ min: 1, max: 0xffffffff }));
  fc.assert(
    fc.property(fc.array(fc.array(hash, { maxLength: 300 }), { maxLength: 4 }), (frames) => {
      const tokens = new FrameTokens();
      return frames.every((hashes) => {
        tokens.reset(hashes.length);
        if (hashes.some((each) => tokens.find(each, () => true) !== -1)) return false;
        for (const [row, each] of hashes.entries()) tokens.insert(each, row);
        return hashes.every((each, row) => tokens.find(each, (candidate) => candidate === row) === row);
      });
    }),
    { numRuns: 50 },
  );
});

t.test("it holds a full frame at half load", async (t) => {
  const tokens = new FrameTokens();
  tokens.reset(4096);
  for (let row = 0; row < 4096; row++) tokens.insert(row + 1, row);
  t.equal(
    tokens.find(4096, () => true),
    4095,
  );
  t.equal(
    tokens.find(5000, () => true),
    -1,
  );
});
