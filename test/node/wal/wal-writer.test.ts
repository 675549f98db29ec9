import t from "tap";
import { InvariantViolation } from "../../../common/assert.ts";
import { parseFrame } from "../../../node/shard/frame.ts";
import { nodeChecksums } from "../../../node/wal/checksums.ts";
import { DiskError } from "../../../node/wal/disk.ts";
import { LOG_START } from "../../../node/wal/log-tail.ts";
import { WalWriter } from "../../../node/wal/wal-writer.ts";
import { FrameChain, TEST_IDENTITY } from "../../support/frame-chain.ts";
import { SimDisk } from "../../support/sim-disk.ts";
import {
  openTestLog,
  recoverTestLog,
  SHARD_DIRECTORY,
  segmentPath,
  WAL_DIRECTORY,
  writerOptions,
} from "../../support/test-log.ts";

/** Calls of a step, without reads. */
function callsOf(disk: SimDisk, step: () => void): string[] {
  const calls: string[] = [];
  disk.beforeCall = (call) => {
    if (!/^(read|list|open) /.test(call)) calls.push(call.replace(`${WAL_DIRECTORY}/`, ""));
  };
  step();
  disk.beforeCall = undefined;
  return calls;
}

const powerCut = (disk: SimDisk) => disk.crashed(() => 0);

t.test("an append is one write, durable after its sync", async (t) => {
  const disk = new SimDisk();
  const writer = openTestLog(disk);
  const frames = new FrameChain().take(3, 2);
  const calls = callsOf(disk, () => writer.append(frames));
  const bytes = frames.reduce((sum, frame) => sum + 40 + frame.bytes.byteLength, 0);
  t.strictSame(calls, [`write 00000000000000000001.seg 4096+${bytes}`]);
  t.equal(writer.tail.lsn, 6);
  t.equal(writer.syncedLsn, 0);
  t.equal(recoverTestLog(powerCut(disk)).tail.lsn, 0, "not durable yet");
  for (const file of writer.pendingSync()) file.syncData();
  writer.markSynced();
  t.equal(writer.syncedLsn, 6);
  t.strictSame(writer.pendingSync(), []);
  t.strictSame(recoverTestLog(powerCut(disk)).tail, writer.tail);
});

t.test("what is written after a sync began does not count as synced", async (t) => {
  const writer = openTestLog(new SimDisk());
  const chain = new FrameChain();
  writer.append(chain.take(1));
  const files = writer.pendingSync();
  writer.append(chain.take(1));
  for (const file of files) file.syncData();
  writer.markSynced();
  t.equal(writer.syncedLsn, 1);
  t.equal(writer.pendingSync().length, 1);
});

t.test("placements tell where each frame is", async (t) => {
  const disk = new SimDisk();
  const writer = openTestLog(disk);
  const frames = new FrameChain().take(40, 3);
  const placements = writer.append(frames);
  for (const [i, { firstLsn, lastLsn, segment, offset, length }] of placements.entries()) {
    t.match(frames[i], { firstLsn, lastLsn });
    const bytes = new Uint8Array(length);
    disk.openFile(segmentPath(segment), "read").read(bytes, offset + 40);
    t.strictSame(bytes, frames[i].bytes);
  }
  t.ok(new Set(placements.map(({ segment }) => segment)).size > 2, "over several segments");
});

t.test("a full segment is durable before the next has a name", async (t) => {
  const disk = new SimDisk();
  const writer = openTestLog(disk);
  const chain = new FrameChain();
  const rounds: string[][] = [];
  while (rounds.at(-1)?.includes("create next.tmp") !== true) {
    rounds.push(callsOf(disk, () => writer.append([chain.next(3)])));
  }
  const [seal, create] = rounds.at(-1) ?? [];
  t.strictSame([seal, create], ["sync 00000000000000000001.seg", "create next.tmp"]);
  t.equal(writer.syncedLsn, writer.tail.lsn - 3, "all but the frame that did not fit");
});

t.test("a frame larger than a segment gets a segment of its own size", async (t) => {
  const disk = new SimDisk();
  const writer = openTestLog(disk);
  const chain = new FrameChain();
  const large = () => chain.next(1, { labels: JSON.stringify({ text: "x".repeat(50_000) }) });
  const [first, second] = [...writer.append([large()]), ...writer.append([large(), chain.next(1)])];
  t.match(first, { segment: 1, offset: 4096 }, "it replaces an empty segment");
  t.match(second, { segment: 2, offset: 4096 });
  writer.sync();
  const recovered = recoverTestLog(powerCut(disk));
  t.match(recovered, { verdict: { kind: "clean" }, tail: { lsn: 3 } });
  t.strictSame(
    recovered.segments.map(({ segment, count }) => [segment, count]),
    [
      [1, 1],
      [2, 1],
      [3, 1],
    ],
  );
});

t.test("the next segment is made ahead in pieces once the current one is half full", async (t) => {
  const sizing = { bytesMin: 16_384, bytesMax: 16_384, growWithinMs: 0 };
  const disk = new SimDisk();
  const writer = openTestLog(disk, { sizing });
  t.equal(writer.prepareNext(1000), 0);
  const chain = new FrameChain();
  while (writer.prepareNext(0) === 0) writer.append([chain.next(3)]);
  const half = recoverTestLog(disk).appendOffset ?? 0;
  t.ok(half >= 8192 && half < 9000, String(half));
  t.equal(writer.prepareNext(1000), 15_384);
  t.equal(writer.prepareNext(100_000), 0);
});

t.test("segments grow with the rate of writing, the one made ahead has its size already", async (t) => {
  let nowMs = 0;
  const disk = new SimDisk();
  const sizing = { bytesMin: 8192, bytesMax: 65_536, growWithinMs: 5000 };
  const writer = openTestLog(disk, { sizing, monotonicMs: () => nowMs });
  const chain = new FrameChain();
  const fill = (msPerFrame: number) => {
    const { segment } = writer.append([chain.next(3)])[0];
    while (writer.append([chain.next(3)])[0].segment === segment) {
      nowMs += msPerFrame;
      writer.prepareNext(100_000);
    }
    return disk.openFile(segmentPath(segment), "read").size();
  };
  t.strictSame([fill(0), fill(0), fill(0), fill(0), fill(0)], [8192, 8192, 16_384, 32_768, 65_536]);
});

t.test("frames that do not continue the log are broken invariants", async (t) => {
  const attempt = (frames: (chain: FrameChain) => Parameters<WalWriter["append"]>[0]) => {
    const writer = openTestLog(new SimDisk());
    const chain = new FrameChain();
    writer.append([chain.next(2)]);
    return t.throws(() => writer.append(frames(chain)), InvariantViolation);
  };
  attempt((chain) => chain.take(2).slice(1));
  attempt((chain) => [new FrameChain({ ...chain.tail, chain: new Uint8Array(32) }).next()]);
  attempt((chain) => [new FrameChain({ ...chain.tail, lsn: 0 }).next()]);
  attempt((chain) => {
    const foreign = chain.next().bytes.slice();
    foreign[8] ^= 1;
    return [{ ...chain.next(), bytes: foreign }];
  });
  const writer = openTestLog(new SimDisk());
  const chain = new FrameChain();
  writer.append([chain.next(1, { generation: 5 })]);
  t.throws(() => writer.append([chain.next(1, { generation: 4 })]), InvariantViolation);
});

t.test("a log begins with a reset", async (t) => {
  const disk = new SimDisk();
  const writer = new WalWriter(writerOptions(disk), recoverTestLog(disk));
  t.throws(() => writer.append(new FrameChain().take(1)), InvariantViolation);
});

t.test("a mark proves what no later entry does", async (t) => {
  const disk = new SimDisk();
  const writer = openTestLog(disk);
  const chain = new FrameChain();
  writer.append(chain.take(2));
  writer.sync();
  t.equal(recoverTestLog(powerCut(disk)).knownSyncedLsn, 0, "the entries say what was synced before them");
  const mark = () => {
    writer.mark();
    writer.sync();
  };
  t.match(callsOf(disk, mark), [/^write \S+ \d+\+40$/, /^sync /]);
  t.equal(recoverTestLog(powerCut(disk)).knownSyncedLsn, 2);
  const [placement] = writer.append(chain.take(1));
  writer.sync();
  t.equal(placement.offset, 4096 + 2 * (placement.length + 40), "the next entry takes the place of the mark");
  t.match(recoverTestLog(powerCut(disk)), {
    verdict: { kind: "clean" },
    tail: { lsn: 3 },
    knownSyncedLsn: 2,
  });
});

t.test("a close leaves a mark when everything is synced", async (t) => {
  const disk = new SimDisk();
  const writer = openTestLog(disk);
  writer.append(new FrameChain().take(2));
  writer.sync();
  writer.close();
  t.equal(recoverTestLog(powerCut(disk)).knownSyncedLsn, 2);
  const unsynced = openTestLog(disk);
  unsynced.append(new FrameChain(unsynced.tail).take(1));
  t.strictSame(
    callsOf(disk, () => unsynced.close()),
    [],
    "and nothing when it is not",
  );
});

t.test("a cut keeps a copy of what it takes", async (t) => {
  const disk = new SimDisk();
  const writer = openTestLog(disk);
  const chain = new FrameChain();
  const frames = chain.take(50, 3);
  for (const frame of frames) writer.append([frame]);
  const copy = writer.truncateAfter(60);
  t.equal(writer.tail.lsn, 60);
  t.strictSame(writer.tail.chain, frames[19].chain);
  t.equal(writer.syncedLsn, 60);
  t.match(copy?.path, new RegExp(`^${SHARD_DIRECTORY}/quarantine/0{18}61-0{17}150-[0-9a-f]{64}.frames$`));
  const survivor = powerCut(disk);
  const file = survivor.openFile(copy?.path ?? "", "read");
  const bytes = new Uint8Array(file.size());
  file.read(bytes, 0);
  for (let at = 0, i = 20; at < bytes.byteLength; i++) {
    const frame = parseFrame(bytes, at, nodeChecksums);
    if (typeof frame === "string") throw new Error(frame);
    t.strictSame(frame.chain, frames[i].chain);
    at += frame.bytes.byteLength;
  }
  t.strictSame(recoverTestLog(survivor).tail, writer.tail);
  t.equal(writer.truncateAfter(60), undefined, "there is nothing more to cut");
});

t.test("a log goes on with other records behind a cut", async (t) => {
  const disk = new SimDisk();
  const writer = openTestLog(disk);
  for (const frame of new FrameChain().take(50, 3)) writer.append([frame]);
  for (const cut of [120, 99, 45, 3, 0]) {
    writer.truncateAfter(cut);
    const other = new FrameChain({ ...writer.tail, generation: writer.tail.generation + 1 });
    for (const frame of other.take(10, 3)) writer.append([frame]);
    writer.sync();
    t.strictSame(recoverTestLog(powerCut(disk)).tail, other.tail, `behind ${cut}`);
  }
});

t.test("a cut is at a frame boundary, within the log", async (t) => {
  for (const lsn of [7, 200, -1]) {
    const writer = openTestLog(new SimDisk());
    writer.append(new FrameChain().take(5, 3));
    t.throws(() => writer.truncateAfter(lsn), InvariantViolation, String(lsn));
  }
});

t.test("truncation removes whole segments, the oldest first", async (t) => {
  const disk = new SimDisk();
  const writer = openTestLog(disk);
  for (const frame of new FrameChain().take(60, 3)) writer.append([frame]);
  writer.sync();
  const before = recoverTestLog(disk).segments.map(({ segment }) => segment);
  const calls = callsOf(disk, () => t.equal(writer.truncateBefore(before[2]), before[2]));
  const name = (lsn: number, ending: string) => `remove ${String(lsn).padStart(20, "0")}.${ending}`;
  t.strictSame(calls, [
    name(1, "idx"),
    name(1, "seg"),
    `sync-directory ${WAL_DIRECTORY}`,
    name(before[1], "idx"),
    name(before[1], "seg"),
    `sync-directory ${WAL_DIRECTORY}`,
  ]);
  t.equal(writer.firstLsn, before[2]);
  const recovered = recoverTestLog(powerCut(disk));
  t.match(recovered, { verdict: { kind: "clean" }, tail: { lsn: 180 } });
  t.equal(writer.truncateBefore(1000), recovered.segments.at(-1)?.segment, "the last one stays");
});

t.test("a reset starts an empty log behind a position", async (t) => {
  const disk = new SimDisk();
  const writer = openTestLog(disk);
  for (const frame of new FrameChain().take(50, 3)) writer.append([frame]);
  const incarnation = new Uint8Array(16).fill(0xee);
  const base = { lsn: 5000, generation: 3, chain: new Uint8Array(32).fill(7) };
  writer.reset({ ...TEST_IDENTITY, incarnation }, base);
  t.strictSame(writer.tail, base);
  t.equal(writer.firstLsn, 5001);
  const recovered = recoverTestLog(powerCut(disk));
  t.match(recovered, { verdict: { kind: "clean" }, tail: base, identity: { incarnation, shardId: 7 } });
  t.strictSame(
    recovered.segments.map(({ segment, count }) => [segment, count]),
    [[5001, 0]],
  );
  writer.reset(TEST_IDENTITY, LOG_START);
  writer.append(new FrameChain().take(1));
});

t.test("any failure is final", async (t) => {
  const disk = new SimDisk();
  const writer = openTestLog(disk);
  const chain = new FrameChain();
  writer.append(chain.take(1));
  disk.setFault({ atCall: 1, code: "EIO", isSticky: false });
  const failure = new DiskError("write", segmentPath(1), "EIO");
  t.throws(() => writer.append(chain.take(1)), failure);
  for (const call of ["pendingSync", "sync", "mark"] as const) t.throws(() => writer[call](), failure);
  t.throws(() => writer.append(chain.take(1)), failure);
  t.throws(() => writer.truncateAfter(0), failure);
  t.throws(() => writer.prepareNext(1), failure);
  t.strictSame(
    callsOf(disk, () => writer.close()),
    [],
    "a close writes nothing any more",
  );
});

t.test("a log that was found corrupt is not written", async (t) => {
  const disk = new SimDisk();
  const writer = openTestLog(disk);
  writer.append(new FrameChain().take(1));
  writer.sync();
  const recovered = recoverTestLog(disk, { appliedLsn: 2 });
  t.throws(() => new WalWriter(writerOptions(disk), recovered), { name: "WalCorruption", lsn: 2 });
});
