import t from "tap";
import { nodeChecksums } from "../../../node/wal/checksums.ts";
import { LOG_START } from "../../../node/wal/log-tail.ts";
import { NextSegment } from "../../../node/wal/next-segment.ts";
import { readSegmentHeader } from "../../../node/wal/segment-header.ts";
import { TEST_IDENTITY } from "../../support/frame-chain.ts";
import { SimDisk } from "../../support/sim-disk.ts";

const SIZING = { bytesMin: 8192, bytesMax: 32_768, growWithinMs: 1000 };
const HEADER = { ...TEST_IDENTITY, segmentId: new Uint8Array(16).fill(9), base: { ...LOG_START, lsn: 41 } };
const NAME = "00000000000000000042.seg";

function nextSegment() {
  const disk = new SimDisk();
  disk.createDirectory("/wal");
  disk.syncDirectory("/");
  return { disk, next: new NextSegment(disk, "/wal", SIZING) };
}

t.test("pieces are filled as far as the budget goes, each durable at once", async (t) => {
  const { disk, next } = nextSegment();
  t.equal(next.prepare(3000), 5192);
  t.equal(next.prepare(0), 5192);
  t.equal(disk.unsynced().filter(({ kind }) => kind === "write").length, 0);
  t.equal(next.prepare(10_000), 0);
  t.equal(next.prepare(10_000), 0);
  t.equal(disk.openFile("/wal/next.tmp", "read").size(), 8192);
});

t.test("a segment gets its name when its header is durable", async (t) => {
  const { disk, next } = nextSegment();
  const calls: string[] = [];
  disk.beforeCall = (call) => calls.push(call);
  const file = next.take(HEADER, 100, nodeChecksums);
  t.strictSame(calls, [
    "create /wal/next.tmp",
    "write /wal/next.tmp 0+8192",
    "sync /wal/next.tmp",
    "write /wal/next.tmp 0+128",
    "sync /wal/next.tmp",
    `rename /wal/next.tmp /wal/${NAME}`,
    "sync-directory /wal",
    `open /wal/${NAME}`,
  ]);
  t.equal(file.path, `/wal/${NAME}`);
  const survivor = disk.crashed(() => 0).openFile(`/wal/${NAME}`, "read");
  t.strictSame(readSegmentHeader(survivor, nodeChecksums), HEADER);
});

t.test("a segment is used at the size it has, but never too small", async (t) => {
  const sizeAfter = (preparedBytes: number, entryBytes: number) => {
    const { next } = nextSegment();
    for (let i = 0; i < 3; i++) next.filledIn(0);
    next.prepare(preparedBytes);
    return next.take(HEADER, entryBytes, nodeChecksums).size();
  };
  t.equal(sizeAfter(0, 100), 8192, "the least size");
  t.equal(sizeAfter(20_000, 100), 20_000, "what is prepared");
  t.equal(sizeAfter(20_000, 50_000), 54_096, "a frame larger than the largest segment gets its own");
  t.equal(sizeAfter(100_000, 100), 32_768, "the largest size");
});

t.test("sizes double while segments fill fast, up to the largest", async (t) => {
  const { next } = nextSegment();
  const sizes = [1000, 999, 0, 0].map((elapsedMs) => {
    next.filledIn(elapsedMs);
    return next.prepare(0);
  });
  t.strictSame(sizes, [8192, 16_384, 32_768, 32_768]);
});
