import fc from "fast-check";
import t from "tap";
import { InvariantViolation } from "../../../common/assert.ts";
import { SegmentIndex } from "../../../node/wal/segment-index.ts";

/** Frames of given record counts from LSN 1000 on. */
function filled(counts: readonly number[]) {
  const index = new SegmentIndex(1000);
  const frames = counts.map((count, i) => {
    const firstLsn = index.nextLsn;
    const frame = {
      firstLsn,
      lastLsn: firstLsn + count - 1,
      segment: 1000,
      offset: 4096 + i * 100,
      length: 60 + i,
    };
    index.add(frame.firstLsn, frame.lastLsn, frame.offset, frame.length);
    return frame;
  });
  return { index, frames };
}

const countLists = fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 1, maxLength: 80 });

t.test("every LSN finds its frame", async () => {
  fc.assert(
    fc.property(countLists, (counts) => {
      const { index, frames } = filled(counts);
      const again = SegmentIndex.fromColumns(index.columns());
      for (const frame of frames) {
        for (const lsn of [frame.firstLsn, frame.lastLsn]) {
          t.strictSame(index.find(lsn), frame);
          t.strictSame(again.find(lsn), frame);
        }
      }
    }),
    { numRuns: 20 },
  );
});

t.test("a cut keeps the frames up to an LSN and takes new ones behind it", async (t) => {
  const { index, frames } = filled([3, 4, 5]);
  index.truncateAfter(frames[1].lastLsn);
  t.equal(index.count, 2);
  t.equal(index.nextLsn, 1007);
  index.add(1007, 1007, 4296, 9);
  t.equal(index.find(1007).length, 9);
  index.truncateAfter(999);
  t.equal(index.count, 0);
  t.equal(index.nextLsn, 1000);
});

t.test("a restored index shares nothing with the columns it came from", async (t) => {
  const { index } = filled([3, 4]);
  const columns = index.columns();
  const restored = SegmentIndex.fromColumns(columns);
  restored.truncateAfter(1002);
  restored.add(1003, 1003, 5000, 1);
  t.strictSame(index.columns(), columns);
});

t.test("a frame out of place, a cut within a frame and an absent LSN are broken invariants", async (t) => {
  const { index } = filled([3, 4]);
  t.throws(() => index.add(1008, 1008, 0, 0), InvariantViolation);
  t.throws(() => index.find(1007), InvariantViolation);
  t.throws(() => index.find(999), InvariantViolation);
  t.throws(() => index.truncateAfter(1004), InvariantViolation);
});
