import t from "tap";
import { nodeChecksums } from "../../node/wal/checksums.ts";
import { ENVELOPE_BYTES } from "../../node/wal/envelope.ts";
import { LogReader } from "../../node/wal/log-reader.ts";
import type { FramePlacement } from "../../node/wal/segment-index.ts";
import { WalCorruption } from "../../node/wal/wal-corruption.ts";
import { FrameChain } from "../support/frame-chain.ts";
import { SimDisk } from "../support/sim-disk.ts";
import { openTestLog, recoverTestLog, SHARD_DIRECTORY, segmentPath } from "../support/test-log.ts";

const SEGMENT_HEADER_BYTES = 128;
/** Calls a recovery makes when it touches nothing. */
const READING = /^(list|open|read|sync-directory) /;

/** A closed log of several segments; its close leaves a mark, so that every frame is known to be synced. */
function closedLog(): { disk: SimDisk; placements: FramePlacement[] } {
  const disk = new SimDisk();
  const writer = openTestLog(disk);
  const chain = new FrameChain();
  const placements: FramePlacement[] = [];
  for (let round = 0; round < 14; round++) {
    placements.push(...writer.append([chain.next(8, { labels: '{"book":"eur"}' })]));
    writer.sync();
  }
  writer.close();
  return { disk, placements };
}

const copy = (disk: SimDisk) => disk.crashed((change, piece) => change.pieces[piece]);

t.test("a flipped bit anywhere in a synced entry is corruption, never cut and never served", async (t) => {
  const { disk, placements } = closedLog();
  t.ok(new Set(placements.map(({ segment }) => segment)).size > 2, "sealed segments and one in use");
  let flips = 0;
  for (const { segment, offset, length, firstLsn, lastLsn } of placements) {
    for (let at = offset; at < offset + ENVELOPE_BYTES + length; at++) {
      flips++;
      const rotten = copy(disk);
      rotten.rot(segmentPath(segment), at, 1 << (flips % 8));
      const calls: string[] = [];
      rotten.beforeCall = (call) => calls.push(call);
      const served: number[] = [];
      const { verdict, segments } = recoverTestLog(rotten, { visit: (frame) => served.push(frame.firstLsn) });
      if (verdict.kind !== "corrupt" || verdict.lsn !== firstLsn || verdict.throughLsn !== lastLsn) {
        t.fail(`byte ${at} of segment ${segment}: ${JSON.stringify(verdict)}`);
      }
      if (served.includes(firstLsn)) t.fail(`byte ${at} of segment ${segment} was served by the recovery`);
      if (!calls.every((call) => READING.test(call)))
        t.fail(`byte ${at} of segment ${segment} made it write`);
      if (segments.some(({ nextLsn }) => nextLsn > firstLsn)) t.fail("the damage is in the index");
    }
  }
  t.ok(flips > 10_000, `${flips} flips`);
});

t.test("a reader finds the flipped bit when no recovery looked", async (t) => {
  const { disk, placements } = closedLog();
  const { segments } = recoverTestLog(disk);
  let flips = 0;
  for (const { segment, offset, length, firstLsn } of placements) {
    for (let at = offset; at < offset + ENVELOPE_BYTES + length; at++) {
      flips++;
      const rotten = copy(disk);
      rotten.rot(segmentPath(segment), at, 1 << (flips % 8));
      const options = {
        disk: rotten,
        shardDirectory: SHARD_DIRECTORY,
        checksums: nodeChecksums,
        cacheBytes: 0,
      };
      const reader = new LogReader({ ...options, segments });
      try {
        reader.frameAt(firstLsn);
        t.fail(`byte ${at} of segment ${segment} was served`);
      } catch (error) {
        if (!(error instanceof WalCorruption) || error.lsn !== firstLsn) throw error;
      }
    }
  }
  t.ok(flips > 10_000, `${flips} flips`);
});

t.test("a flipped bit in a segment header is corruption", async (t) => {
  const { disk, placements } = closedLog();
  for (const segment of new Set(placements.map((placement) => placement.segment))) {
    for (let at = 0; at < SEGMENT_HEADER_BYTES; at++) {
      const rotten = copy(disk);
      rotten.rot(segmentPath(segment), at, 1 << (at % 8));
      const { verdict } = recoverTestLog(rotten);
      if (verdict.kind !== "corrupt" || verdict.reason !== "segment-header")
        t.fail(`byte ${at} of ${segment}`);
    }
  }
  t.pass("every byte of every header");
});

t.test("a flipped bit in an index file only costs reading the segment", async (t) => {
  const { disk } = closedLog();
  const whole = recoverTestLog(disk, { scanFromLsn: Number.POSITIVE_INFINITY });
  const path = segmentPath(1).replace(".seg", ".idx");
  const sizeBytes = copy(disk).openFile(path, "read").size();
  for (let at = 0; at < sizeBytes; at++) {
    const rotten = copy(disk);
    rotten.rot(path, at, 1 << (at % 8));
    const recovered = recoverTestLog(rotten, { scanFromLsn: Number.POSITIVE_INFINITY });
    t.strictSame(recovered, whole);
  }
});

t.test("lost, swapped and misdirected sectors of synced frames are corruption", async (t) => {
  const { disk, placements } = closedLog();
  const [first, second] = placements;
  const overwrite = (offset: number, from: number | undefined) => {
    const broken = copy(disk);
    const file = broken.openFile(segmentPath(1), "write");
    const sector = new Uint8Array(512);
    if (from !== undefined) file.read(sector, from);
    file.write([sector], offset);
    file.syncData();
    return recoverTestLog(broken).verdict;
  };
  t.match(overwrite(first.offset, undefined), { kind: "corrupt", lsn: first.firstLsn }, "a lost sector");
  t.match(overwrite(second.offset, first.offset), { kind: "corrupt", lsn: second.firstLsn }, "an older one");
  const last = placements.findLast(({ segment }) => segment === 1);
  const end = (last?.offset ?? 0) + ENVELOPE_BYTES + (last?.length ?? 0);
  t.match(overwrite(end, first.offset), { kind: "clean" }, "behind the end of a sealed segment nobody looks");
});
