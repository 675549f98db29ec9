import fc from "fast-check";
import t from "tap";
import { InvariantViolation } from "../../../common/assert.ts";
import { FrameDirectory } from "../../../node/wal/frame-directory.ts";
import { type FramePlacement, SegmentIndex } from "../../../node/wal/segment-index.ts";

/** A directory and the same frames as a plain list; each inner array is a segment of record counts. */
function filled(segments: readonly (readonly number[])[], firstLsn = 1) {
  const directory = new FrameDirectory([new SegmentIndex(firstLsn).columns()]);
  const frames: FramePlacement[] = [];
  for (const counts of segments) {
    const segment = directory.lastLsn + 1;
    for (const [i, count] of counts.entries()) {
      const first = directory.lastLsn + 1;
      const frame = {
        firstLsn: first,
        lastLsn: first + count - 1,
        segment,
        offset: 4096 + i * 200,
        length: 160,
      };
      directory.add(frame);
      frames.push(frame);
    }
  }
  return { directory, frames };
}

const segmentLists = fc.array(fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 9 }), {
  minLength: 1,
  maxLength: 9,
});

t.test("finds what a list of all frames would", async (t) => {
  fc.assert(
    fc.property(segmentLists, fc.integer({ min: 1, max: 1000 }), (segments, firstLsn) => {
      const { directory, frames } = filled(segments, firstLsn);
      for (let lsn = firstLsn; lsn <= directory.lastLsn; lsn++) {
        const expected = frames.find((frame) => lsn <= frame.lastLsn);
        const found = directory.find(lsn);
        if (found.firstLsn !== expected?.firstLsn || found.segment !== expected.segment) return false;
      }
      return true;
    }),
    { numRuns: 50 },
  );
  t.pass();
});

t.test("a cut behind any frame leaves what was there before it", async (t) => {
  fc.assert(
    fc.property(segmentLists, fc.nat(), (segments, choice) => {
      const { directory, frames } = filled(segments);
      const last = frames[choice % frames.length];
      directory.truncateAfter(last.lastLsn);
      const next = {
        ...last,
        firstLsn: last.lastLsn + 1,
        lastLsn: last.lastLsn + 1,
        segment: directory.last.segment,
      };
      directory.add(next);
      return (
        directory.find(last.lastLsn).firstLsn === last.firstLsn && directory.lastLsn === last.lastLsn + 1
      );
    }),
  );
  t.pass();
});

t.test("a cut of everything keeps the first segment, empty", async (t) => {
  const { directory } = filled([[3, 3], [3]], 10);
  directory.truncateAfter(9);
  t.strictSame(directory.segments, [10]);
  t.equal(directory.lastLsn, 9);
  t.equal(directory.firstLsn, 10);
});

t.test("truncation takes whole segments, never the last", async (t) => {
  const { directory } = filled([[3, 3], [3], [4]]);
  directory.truncateBefore(6);
  t.equal(directory.firstLsn, 1, "LSN 6 is in the first segment");
  directory.truncateBefore(7);
  t.equal(directory.firstLsn, 7);
  directory.truncateBefore(1000);
  t.strictSame(directory.segments, [10]);
  t.throws(() => directory.find(9), InvariantViolation);
});

t.test("what is not in the log cannot be found, nor cut behind", async (t) => {
  const { directory } = filled([[3]]);
  t.throws(() => directory.find(4), InvariantViolation);
  t.throws(() => directory.truncateAfter(4), InvariantViolation);
  t.throws(() => new FrameDirectory([]), InvariantViolation);
});
