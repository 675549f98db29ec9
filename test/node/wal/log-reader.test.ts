import t from "tap";
import { InvariantViolation } from "../../../common/assert.ts";
import { RecordRow } from "../../../node/shard/frame.ts";
import { nodeChecksums } from "../../../node/wal/checksums.ts";
import { LogReader } from "../../../node/wal/log-reader.ts";
import { WalCorruption } from "../../../node/wal/wal-corruption.ts";
import { FrameChain } from "../../support/frame-chain.ts";
import { SimDisk } from "../../support/sim-disk.ts";
import { openTestLog, recoverTestLog, SHARD_DIRECTORY, segmentPath } from "../../support/test-log.ts";

/** A log of 60 frames of 3 records over several segments, with its reader. */
function log(cacheBytes = 0) {
  const disk = new SimDisk();
  const writer = openTestLog(disk);
  const chain = new FrameChain();
  const frames = chain.take(60, 3);
  for (const frame of frames) writer.append([frame]);
  writer.sync();
  const { segments } = recoverTestLog(disk);
  const options = { disk, shardDirectory: SHARD_DIRECTORY, checksums: nodeChecksums, cacheBytes, segments };
  return { disk, writer, chain, frames, segments, reader: new LogReader(options) };
}

t.test("every LSN finds its frame on disk", async (t) => {
  const { reader, frames, segments } = log();
  t.ok(segments.length > 2, "several segments");
  t.equal(reader.firstLsn, 1);
  t.equal(reader.lastLsn, 180);
  for (const frame of frames) {
    for (const lsn of [frame.lastLsn, frame.firstLsn]) t.strictSame(reader.frameAt(lsn).bytes, frame.bytes);
    t.strictSame(reader.frameAt(frame.firstLsn).chain, frame.chain);
  }
  t.throws(() => reader.frameAt(0), InvariantViolation);
  t.throws(() => reader.frameAt(181), InvariantViolation);
});

t.test("a frame is readable before it is on disk, and stays until it has a place", async (t) => {
  const { reader, writer, chain } = log();
  const frames = chain.take(3, 2);
  for (const frame of frames) reader.note(frame);
  t.equal(reader.lastLsn, 186);
  for (const frame of frames) t.equal(reader.frameAt(frame.firstLsn + 1), frame);
  for (const placement of writer.append(frames)) reader.place(placement);
  t.strictSame(reader.frameAt(181).bytes, frames[0].bytes, "read from disk, nothing is cached");
  t.throws(() => reader.note(frames[0]), InvariantViolation, "frames are dense");
  t.throws(
    () => reader.place({ firstLsn: 187, lastLsn: 187, segment: 1, offset: 0, length: 0 }),
    InvariantViolation,
  );
});

t.test("frames in memory are not read again", async (t) => {
  const { disk, reader } = log(1_000_000);
  const first = reader.frameAt(1);
  const last = reader.frameAt(180);
  disk.beforeCall = (call) => t.fail(call);
  t.equal(reader.frameAt(2), first);
  t.equal(reader.frameAt(179), last);
});

t.test("rows come with their frame, the same accessors while it is in memory", async (t) => {
  const { reader } = log(1_000_000);
  const rows = reader.rowsAt(5);
  t.equal(rows.int64At(rows.rowOffset(1), RecordRow.AMOUNT_MINOR), 5, "LSN 5 is the second row of its frame");
  t.equal(reader.rowsAt(4), rows);
  t.not(reader.rowsAt(7), rows);
});

t.test("frames are handed out from an LSN as far as the bytes go", async (t) => {
  const { reader, frames, chain } = log();
  const { byteLength } = frames[0].bytes;
  const lsns = (lsn: number, bytesMax: number) =>
    reader.framesFrom(lsn, bytesMax).map((frame) => frame.firstLsn);
  t.strictSame(lsns(5, 0), [4], "one at least, the one that holds the LSN");
  t.strictSame(lsns(4, byteLength * 3), [4, 7, 10]);
  t.strictSame(lsns(178, 1_000_000), [178]);
  t.strictSame(lsns(181, 1_000_000), []);
  t.equal(lsns(1, Number.POSITIVE_INFINITY).length, 60);
  reader.note(chain.next(1));
  t.strictSame(lsns(178, 1_000_000), [178, 181], "also what is not on disk yet");
});

t.test("reading far back does not displace recent frames", async (t) => {
  const { disk, reader } = log(1000);
  const recent = reader.frameAt(180);
  reader.framesFrom(1, Number.POSITIVE_INFINITY);
  reader.frameAt(1);
  disk.beforeCall = (call) => t.fail(call);
  t.equal(reader.frameAt(180), recent);
});

t.test("the reader follows a cut", async (t) => {
  const { reader, writer, frames } = log(1_000_000);
  reader.framesFrom(1, Number.POSITIVE_INFINITY);
  reader.frameAt(180);
  writer.truncateAfter(90);
  reader.truncateAfter(90);
  t.equal(reader.lastLsn, 90);
  t.throws(() => reader.frameAt(91), InvariantViolation);
  const other = new FrameChain({ ...writer.tail, generation: 9 }).take(40, 3);
  for (const frame of other) reader.note(frame);
  for (const placement of writer.append(other)) reader.place(placement);
  t.strictSame(reader.frameAt(90).bytes, frames[29].bytes);
  for (const frame of other) t.strictSame(reader.frameAt(frame.firstLsn).bytes, frame.bytes);
});

t.test("the reader follows a truncation", async (t) => {
  const { reader, writer } = log();
  reader.frameAt(1);
  const firstLsn = writer.truncateBefore(100);
  reader.truncateBefore(100);
  t.equal(reader.firstLsn, firstLsn);
  t.throws(() => reader.frameAt(firstLsn - 1), InvariantViolation);
  t.equal(reader.frameAt(firstLsn).firstLsn, firstLsn);
});

t.test("what does not verify is never handed out", async (t) => {
  const { disk, reader, segments } = log();
  const { segment, offsets } = segments[1];
  disk.rot(segmentPath(segment), offsets[1] + 200, 1);
  t.strictSame(reader.frameAt(segment).firstLsn, segment, "its neighbour is");
  t.throws(() => reader.frameAt(segment + 3), WalCorruption);
  t.match(
    t.throws(() => reader.framesFrom(segment, Number.POSITIVE_INFINITY)),
    {
      lsn: segment + 3,
      segment,
      offset: offsets[1],
      reason: "payload-crc",
    },
  );
});

t.test("a damaged segment header is corruption", async (t) => {
  const { disk, reader } = log();
  disk.rot(segmentPath(1), 30, 1);
  t.match(
    t.throws(() => reader.frameAt(1)),
    { name: "WalCorruption", reason: "segment-header", segment: 1 },
  );
});
