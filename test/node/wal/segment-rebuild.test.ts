import t from "tap";
import type { Frame } from "../../../node/shard/frame.ts";
import { nodeChecksums } from "../../../node/wal/checksums.ts";
import type { Corruption } from "../../../node/wal/recovery-verdict.ts";
import { rebuildSegment } from "../../../node/wal/segment-rebuild.ts";
import { WalWriter } from "../../../node/wal/wal-writer.ts";
import { FrameChain, TEST_IDENTITY } from "../../support/frame-chain.ts";
import { SimDisk } from "../../support/sim-disk.ts";
import {
  openTestLog,
  recoverTestLog,
  SHARD_DIRECTORY,
  segmentPath,
  writerOptions,
} from "../../support/test-log.ts";

/** A closed log of several segments, and its frames as a peer would have them. */
function log() {
  const disk = new SimDisk();
  const writer = openTestLog(disk);
  const frames = new FrameChain().take(40, 3);
  for (const frame of frames) writer.append([frame]);
  writer.sync();
  writer.close();
  const segments = recoverTestLog(disk).segments.map(({ segment }) => segment);
  return { disk, frames, segments };
}

function corruptionOf(disk: SimDisk): Corruption {
  const { verdict } = recoverTestLog(disk);
  if (verdict.kind !== "corrupt") throw new Error(`found ${verdict.kind}`);
  return verdict;
}

function rebuild(disk: SimDisk, damage: Corruption, frames: readonly Frame[]) {
  const { randomBytes } = writerOptions(disk);
  const options = { disk, shardDirectory: SHARD_DIRECTORY, checksums: nodeChecksums, randomBytes };
  return rebuildSegment(options, TEST_IDENTITY, damage, frames);
}

/** What a peer has of a damaged segment. */
function rangeOf(frames: readonly Frame[], { segment, lastLsn, isLast }: Corruption): Frame[] {
  return frames.filter((frame) => frame.firstLsn >= segment && (isLast || frame.lastLsn <= lastLsn));
}

t.test("any segment is rebuilt, wherever the damage is", async (t) => {
  const places = [0, 30, 100, 4096, 4096 + 10, 4096 + 60, 4096 + 700];
  const { segments } = log();
  for (const segment of [segments[0], segments[1], segments.at(-1) ?? 0]) {
    for (const place of places) {
      const { disk, frames } = log();
      disk.rot(segmentPath(segment), place, 0x40);
      const damage = corruptionOf(disk);
      t.equal(damage.segment, segment);
      t.type(rebuild(disk, damage, rangeOf(frames, damage)), "object", `byte ${place} of ${segment}`);
      const survivor = disk.crashed(() => 0);
      const seen: Frame["chain"][] = [];
      const recovered = recoverTestLog(survivor, { visit: (frame) => seen.push(frame.chain) });
      t.match(recovered, { verdict: { kind: "clean" }, tail: { lsn: 120 } });
      t.strictSame(
        seen,
        frames.map(({ chain }) => chain),
      );
      const writer = new WalWriter(writerOptions(survivor), recovered);
      writer.append(new FrameChain(writer.tail).take(1));
    }
  }
});

t.test("the damaged file is kept", async (t) => {
  const { disk, frames } = log();
  disk.rot(segmentPath(1), 5000, 1);
  const sizeBytes = disk.openFile(segmentPath(1), "read").size();
  const damage = corruptionOf(disk);
  const copy = rebuild(disk, damage, rangeOf(frames, damage));
  if (typeof copy === "string") throw new Error(copy);
  t.equal(copy.bytes, sizeBytes);
  t.match(copy.path, /quarantine\/0{19}1-\d{20}-[0-9a-f]{64}\.damaged$/);
  t.equal(
    disk
      .crashed(() => 0)
      .openFile(copy.path, "read")
      .size(),
    sizeBytes,
  );
});

t.test("frames that are not the segment's are refused, and nothing is changed", async (t) => {
  const { disk, frames, segments } = log();
  disk.rot(segmentPath(segments[1]), 5000, 1);
  const damage = corruptionOf(disk);
  const range = rangeOf(frames, damage);
  const foreign = new FrameChain({ lsn: damage.segment - 1, generation: 1, chain: new Uint8Array(32) });
  t.equal(rebuild(disk, damage, []), "incomplete");
  t.equal(rebuild(disk, damage, range.slice(0, -1)), "incomplete");
  t.equal(rebuild(disk, damage, range.slice(1)), "sequence");
  t.equal(rebuild(disk, damage, range.toSpliced(3, 1)), "sequence");
  t.equal(rebuild(disk, damage, foreign.take(range.length, 3)), "chain");
  t.strictSame(corruptionOf(disk), damage);
});

t.test("a first segment without its header takes its beginning from the frames", async (t) => {
  const { disk, frames } = log();
  disk.rot(segmentPath(1), 8, 1);
  const damage = corruptionOf(disk);
  t.equal(damage.reason, "segment-header");
  t.type(rebuild(disk, damage, rangeOf(frames, damage)), "object");
  t.equal(recoverTestLog(disk).verdict.kind, "clean");
});
