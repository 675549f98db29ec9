import t from "tap";
import { FrameChain, TEST_IDENTITY } from "../../support/frame-chain.ts";
import { SimDisk } from "../../support/sim-disk.ts";
import { openTestLog, recoverTestLog, SMALL_SEGMENTS, WAL_DIRECTORY } from "../../support/test-log.ts";

const keepAll = (change: { pieces: readonly number[] }, piece: number) => change.pieces[piece];

t.test("smoke", async (t) => {
  const disk = new SimDisk();
  const writer = openTestLog(disk);
  const chain = new FrameChain();
  for (let i = 0; i < 50; i++) {
    writer.append([chain.next(3), chain.next(2)]);
    writer.sync();
  }
  t.comment(disk.list(WAL_DIRECTORY));
  const r = recoverTestLog(disk.crashed(() => 0));
  t.same(r.verdict, { kind: "clean" });
  t.equal(r.tail.lsn, 250);
  writer.truncateAfter(100);
  t.equal(writer.tail.lsn, 100);
  const c2 = new FrameChain(writer.tail);
  writer.append([c2.next(5)]);
  writer.sync();
  t.equal(recoverTestLog(disk.crashed(() => 0)).tail.lsn, 105);
  t.comment(disk.list(WAL_DIRECTORY), disk.list("/data/shard-7/quarantine"));
});
