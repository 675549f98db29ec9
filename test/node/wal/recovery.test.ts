import t from "tap";
import { ENVELOPE_BYTES } from "../../../node/wal/envelope.ts";
import type { RecoveryOptions } from "../../../node/wal/recovery.ts";
import type { FramePlacement } from "../../../node/wal/segment-index.ts";
import { FrameChain } from "../../support/frame-chain.ts";
import { SimDisk } from "../../support/sim-disk.ts";
import { openTestLog, recoverTestLog, segmentPath, WAL_DIRECTORY } from "../../support/test-log.ts";

/** A log of rounds of one-record frames, each round synced on its own; no mark at the end. */
function logOf(rounds: readonly number[]) {
  const disk = new SimDisk();
  const writer = openTestLog(disk);
  const chain = new FrameChain();
  const placements: FramePlacement[] = [];
  for (const frames of rounds) {
    placements.push(...writer.append(chain.take(frames)));
    writer.sync();
  }
  return { disk, writer, chain, placements, tail: chain.tail };
}

/** Overwrites bytes of an entry, durably. */
function damage(disk: SimDisk, { segment, offset, length }: FramePlacement, fill: number): void {
  const file = disk.openFile(segmentPath(segment), "write");
  file.write([new Uint8Array(length).fill(fill)], offset + ENVELOPE_BYTES);
  file.syncData();
}

const recoverCopy = (disk: SimDisk, changes: Partial<RecoveryOptions> = {}) =>
  recoverTestLog(
    disk.crashed((change, piece) => change.pieces[piece]),
    changes,
  );

t.test("where nothing is, there is no log", async (t) => {
  const recovered = recoverTestLog(new SimDisk());
  t.match(recovered, { verdict: { kind: "clean" }, tail: { lsn: 0 }, knownSyncedLsn: 0 });
  t.equal(recovered.identity, undefined);
  t.equal(recovered.appendOffset, undefined);
  t.match(recovered.segments, [{ segment: 1, count: 0 }]);
});

t.test("a log that should be there is missed", async (t) => {
  const { verdict } = recoverTestLog(new SimDisk(), { appliedLsn: 3 });
  t.match(verdict, { kind: "corrupt", reason: "missing", lsn: 1, throughLsn: 3 });
});

t.test("the invalid end of the last round is torn", async (t) => {
  for (const bad of [3, 4, 5]) {
    const { disk, placements } = logOf([3, 3]);
    damage(disk, placements[bad], 0xff);
    const recovered = recoverCopy(disk);
    t.match(recovered.verdict, { kind: "torn_tail_zeroed", lsn: bad + 1 });
    t.equal(
      recovered.tail.lsn,
      bad,
      "the last frames may be whole, of the same round they are not synced either",
    );
  }
});

t.test("the same is corruption when there is evidence that it was synced", async (t) => {
  const { disk, placements } = logOf([3, 3]);
  damage(disk, placements[4], 0xff);
  const damaged = { kind: "corrupt", reason: "magic", lsn: 5, segment: 1, offset: placements[4].offset };
  t.match(recoverCopy(disk, { appliedLsn: 5 }).verdict, { ...damaged, throughLsn: 5, lastLsn: 6 });
  t.match(recoverCopy(disk, { peerAckedLsn: 6 }).verdict, { ...damaged, throughLsn: 5, lastLsn: 6 });
  t.match(recoverCopy(disk, { appliedLsn: 4, peerAckedLsn: 4 }).verdict, { kind: "torn_tail_zeroed" });
});

t.test("a later envelope is evidence", async (t) => {
  const { disk, placements } = logOf([3, 3, 1]);
  damage(disk, placements[4], 0);
  t.match(recoverCopy(disk).verdict, { kind: "corrupt", lsn: 5, throughLsn: 5, lastLsn: 7 });
  damage(disk, placements[6], 0xff);
  t.match(recoverCopy(disk).verdict, { kind: "corrupt", lsn: 5, lastLsn: 6 }, "even of a damaged frame");
});

t.test("a mark is evidence", async (t) => {
  const { disk, writer, placements } = logOf([3]);
  writer.close();
  damage(disk, placements[2], 0xff);
  t.match(recoverCopy(disk).verdict, { kind: "corrupt", lsn: 3, throughLsn: 3, lastLsn: 3 });
});

t.test("records that are gone without a trace are missed", async (t) => {
  const { disk, placements, tail } = logOf([3, 3]);
  const file = disk.openFile(segmentPath(1), "write");
  file.write([new Uint8Array(4096)], placements[3].offset);
  file.syncData();
  t.match(recoverCopy(disk), { verdict: { kind: "clean" }, tail: { lsn: 3 } }, "nobody knows of them");
  const { verdict } = recoverCopy(disk, { appliedLsn: tail.lsn });
  t.match(verdict, { kind: "corrupt", reason: "missing", lsn: 4, throughLsn: 6, lastLsn: 6 });
});

t.test("a sealed segment is never torn", async (t) => {
  const { disk, placements } = logOf(Array(60).fill(2));
  const second = placements.find(({ segment }) => segment !== 1)?.segment ?? 0;
  const last = placements.filter(({ segment }) => segment === 1).at(-1);
  if (last === undefined) throw new Error("no segment was sealed");
  damage(disk, last, 0);
  t.match(recoverCopy(disk).verdict, {
    kind: "corrupt",
    lsn: second - 1,
    throughLsn: second - 1,
    segment: 1,
  });
  disk.remove(segmentPath(second));
  t.match(
    recoverCopy(disk).verdict,
    { kind: "corrupt", segment: 1, lsn: second - 1 },
    "a lost segment neither",
  );
});

t.test("a lost segment in the middle is missed", async (t) => {
  const { disk, placements } = logOf(Array(60).fill(2));
  const [, second, third] = new Set(placements.map(({ segment }) => segment));
  disk.remove(segmentPath(second));
  const { verdict, segments } = recoverCopy(disk);
  t.match(verdict, { kind: "corrupt", lsn: second, throughLsn: third - 1, segment: 1, lastLsn: third - 1 });
  t.match(segments, [{ segment: 1, nextLsn: second }]);
});

t.test("a segment of another shard is foreign", async (t) => {
  const { disk } = logOf(Array(60).fill(2));
  const other = new SimDisk();
  openTestLog(other).reset({ incarnation: new Uint8Array(16), shardId: 7 }, recoverCopy(disk).tail);
  const path = segmentPath(recoverCopy(disk).tail.lsn + 1);
  const bytes = new Uint8Array(8192);
  other.openFile(path, "read").read(bytes, 0);
  disk.createFile(path).write([bytes], 0);
  t.match(recoverCopy(disk).verdict, { kind: "corrupt", reason: "foreign-segment", segment: 121 });
});

t.test("a segment that does not continue the one before is found by its chain", async (t) => {
  const { disk, chain } = logOf(Array(60).fill(2));
  const other = new SimDisk();
  const writer = openTestLog(other);
  writer.reset(recoverCopy(disk).identity ?? (t.fail("no identity") as never), {
    ...chain.tail,
    chain: new Uint8Array(32),
  });
  const path = segmentPath(chain.tail.lsn + 1);
  const bytes = new Uint8Array(8192);
  other.openFile(path, "read").read(bytes, 0);
  disk.createFile(path).write([bytes], 0);
  t.match(recoverCopy(disk).verdict, { kind: "corrupt", reason: "chain", segment: 121, lsn: 121 });
});

t.test("old frames of the same segment do not pass for new ones", async (t) => {
  const { disk, placements } = logOf([1, 1, 1]);
  const file = disk.openFile(segmentPath(1), "write");
  const entry = new Uint8Array(ENVELOPE_BYTES + placements[0].length);
  file.read(entry, placements[0].offset);
  file.write([entry], placements[2].offset);
  file.syncData();
  t.match(recoverCopy(disk), { verdict: { kind: "torn_tail_zeroed", lsn: 3 }, tail: { lsn: 2 } });
  t.match(recoverCopy(disk, { appliedLsn: 3 }).verdict, { kind: "corrupt", reason: "sequence" });
});

t.test("the tail is made durable, with a mark that says so", async (t) => {
  const { disk, writer, chain } = logOf([2]);
  writer.append(chain.take(2));
  // The process dies without its sync; its writes are still visible to the next one.
  const recovered = recoverTestLog(disk);
  t.match(recovered, { verdict: { kind: "clean" }, tail: { lsn: 4 }, knownSyncedLsn: 2 });
  const again = recoverTestLog(disk.crashed(() => 0));
  t.match(again, { verdict: { kind: "clean" }, tail: { lsn: 4 }, knownSyncedLsn: 4 });
});

t.test("what a failed sync dropped is written again", async (t) => {
  const { disk, writer, chain } = logOf([2]);
  writer.append(chain.take(2));
  disk.setFault({ atCall: 1, code: "EIO", isSticky: false });
  t.throws(() => writer.sync());
  t.strictSame(disk.unsynced(), [], "the page cache holds it for clean");
  t.equal(recoverTestLog(disk).tail.lsn, 4);
  t.equal(recoverTestLog(disk.crashed(() => 0)).tail.lsn, 4);
});

t.test("leftovers of unfinished work are removed", async (t) => {
  const { disk } = logOf(Array(60).fill(2));
  const leftovers = ["next.tmp", "intent.tmp", "00000000000000000099.idx", "00000000000000000001.seg.tmp"];
  for (const name of leftovers) disk.createFile(`${WAL_DIRECTORY}/${name}`);
  const last = recoverCopy(disk).segments.at(-1)?.segment ?? 0;
  disk.createFile(segmentPath(last).replace(".seg", ".idx"));
  t.equal(recoverTestLog(disk).verdict.kind, "clean");
  const names = disk.list(WAL_DIRECTORY);
  for (const name of leftovers) t.notOk(names.includes(name), name);
  t.notOk(names.includes(segmentPath(last).replace(".seg", ".idx")), "an index of the segment in use");
});

t.test("segments below the scan are not read", async (t) => {
  const { disk, placements } = logOf(Array(60).fill(2));
  const segments = [...new Set(placements.map(({ segment }) => segment))];
  const visited: number[] = [];
  const reads: string[] = [];
  disk.beforeCall = (call) => {
    if (call.startsWith("read ")) reads.push(call);
  };
  const scanned = recoverTestLog(disk, {
    scanFromLsn: segments[2] + 1,
    visit: (frame) => visited.push(frame.firstLsn),
  });
  disk.beforeCall = undefined;
  t.equal(visited[0], segments[2], "from the segment that holds the LSN on");
  t.equal(visited.at(-1), 120);
  t.strictSame(
    reads.filter((call) => call.startsWith(`read ${segmentPath(1)}`)),
    [`read ${segmentPath(1)} 0+128`],
    "only the header of the others",
  );
  t.strictSame(scanned.segments, recoverTestLog(disk).segments, "and the frames are known all the same");
});

t.test("an index that is missing is made again", async (t) => {
  const { disk, writer } = logOf(Array(60).fill(2));
  const path = segmentPath(1).replace(".seg", ".idx");
  writer.close();
  const whole = recoverTestLog(disk);
  disk.remove(path);
  const options = { scanFromLsn: 1000 };
  t.strictSame(recoverTestLog(disk, options), whole);
  t.ok(disk.list(WAL_DIRECTORY).includes(path.slice(WAL_DIRECTORY.length + 1)));
});

t.test("frames are handed on as they are read", async (t) => {
  const { disk, chain } = logOf(Array(60).fill(2));
  const chains: Uint8Array[] = [];
  let lsn = 0;
  recoverTestLog(disk, {
    visit: (frame) => {
      t.equal(frame.firstLsn, lsn + 1);
      lsn = frame.lastLsn;
      chains.push(frame.chain);
    },
  });
  t.equal(lsn, 120);
  t.strictSame(chains.at(-1), chain.tail.chain);
});

t.test("an intent that cannot be read stops the shard", async (t) => {
  const { disk } = logOf([1]);
  disk.createFile(`${WAL_DIRECTORY}/intent`).write([new Uint8Array(96)], 0);
  t.match(recoverCopy(disk).verdict, { kind: "corrupt", reason: "intent" });
});
