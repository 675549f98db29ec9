import t from "tap";
import { nodeChecksums } from "../../../node/wal/checksums.ts";
import { DiskError } from "../../../node/wal/disk.ts";
import { loadIndex, saveIndex } from "../../../node/wal/sealed-segment.ts";
import { SegmentIndex } from "../../../node/wal/segment-index.ts";
import { FrameChain, TEST_IDENTITY } from "../../support/frame-chain.ts";
import { SimDisk } from "../../support/sim-disk.ts";

function sealed() {
  const chain = new FrameChain();
  chain.next(9);
  const header = { ...TEST_IDENTITY, segmentId: new Uint8Array(16).fill(5), base: chain.tail };
  const index = new SegmentIndex(10);
  for (const frame of chain.take(4, 3)) index.add(frame.firstLsn, frame.lastLsn, frame.firstLsn * 64, 400);
  return { header, index: { columns: index.columns(), tail: chain.tail } };
}

function saved(disk = new SimDisk()) {
  const { header, index } = sealed();
  saveIndex(disk, "", index, header.segmentId, nodeChecksums);
  return { disk, header, index };
}

t.test("an index reads back, also over an older one", async (t) => {
  const { disk, header, index } = saved();
  saved(disk);
  t.strictSame(loadIndex(disk, "", header, index.tail.lsn, nodeChecksums), index);
});

t.test("an index of another file, or of another range, is not believed", async (t) => {
  const { disk, header, index } = saved();
  const { lsn } = index.tail;
  t.equal(loadIndex(disk, "", { ...header, segmentId: new Uint8Array(16) }, lsn, nodeChecksums), undefined);
  t.equal(loadIndex(disk, "", header, lsn + 1, nodeChecksums), undefined);
  t.equal(loadIndex(new SimDisk(), "", header, lsn, nodeChecksums), undefined, "nor one that is not there");
});

t.test("a full disk costs the index only, any other failure is one", async (t) => {
  const full = new SimDisk(50);
  const { header, index } = saved(full);
  t.equal(loadIndex(full, "", header, index.tail.lsn, nodeChecksums), undefined);
  const broken = new SimDisk();
  broken.setFault({ atCall: 2, code: "EIO", isSticky: false });
  t.throws(() => saved(broken), DiskError);
});
