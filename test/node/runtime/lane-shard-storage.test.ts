import t from "tap";
import { AppendBacklog } from "../../../node/runtime/append-backlog.ts";
import { LaneShardStorage, type ShardLanes } from "../../../node/runtime/lane-shard-storage.ts";
import { LogSize } from "../../../node/runtime/log-size.ts";
import type { Frame } from "../../../node/shard/frame.ts";
import { nodeChecksums } from "../../../node/wal/checksums.ts";
import { LogReader } from "../../../node/wal/log-reader.ts";
import { recover } from "../../../node/wal/recovery.ts";
import { WalWriter } from "../../../node/wal/wal-writer.ts";
import { LOG_START } from "../../../node/wal/log-tail.ts";
import { FrameChain, TEST_IDENTITY } from "../../support/frame-chain.ts";
import { SimDisk } from "../../support/sim-disk.ts";
import { recoverTestLog, SHARD_DIRECTORY, writerOptions } from "../../support/test-log.ts";

/** Lanes of one thread: this one. A round runs when the test says so. */
class DirectLanes {
  readonly writer: WalWriter;
  room = Number.POSITIVE_INFINITY;
  readonly calls: string[] = [];
  #rounds: (() => void)[] = [];

  constructor(writer: WalWriter) {
    this.writer = writer;
  }

  roomFor = (_shardId: number, bytes: number): boolean => bytes <= this.room;

  append: ShardLanes["append"] = (_shardId: number, frames: readonly Frame[]) =>
    new Promise((resolve) => {
      const bytes = frames.reduce((sum, frame) => sum + frame.bytes.byteLength, 0);
      this.room -= bytes;
      this.#rounds.push(() => {
        this.room += bytes;
        const placements = this.writer.append(frames);
        this.writer.sync();
        resolve({ placements, syncMs: 3, lastLsn: frames[frames.length - 1].lastLsn });
      });
    });

  truncateTail = async (_shardId: number, keepLsn: number) => {
    this.calls.push(`truncate ${keepLsn}`);
    return this.writer.truncateAfter(keepLsn);
  };

  persistPromise = async (_shardId: number, generation: number): Promise<void> => {
    this.calls.push(`promise ${generation}`);
  };

  writeCheckpoint = async (): Promise<void> => {
    this.calls.push("checkpoint");
  };

  async round(): Promise<void> {
    for (const run of this.#rounds.splice(0)) run();
    await new Promise(setImmediate);
  }
}

function storage() {
  const disk = new SimDisk();
  const recovered = recoverTestLog(disk);
  const writer = new WalWriter(writerOptions(disk), recovered);
  writer.reset(TEST_IDENTITY, LOG_START);
  const lanes = new DirectLanes(writer);
  const options = { disk, shardDirectory: SHARD_DIRECTORY, checksums: nodeChecksums, cacheBytes: 1 };
  const log = new LogReader({ ...options, segments: recovered.segments });
  const backlog = new AppendBacklog((shardId, bytes) => lanes.roomFor(shardId, bytes));
  const shard = new LaneShardStorage(7, lanes, backlog, log, new LogSize(recovered.segments));
  return { disk, lanes, shard };
}

t.test("frames can be read at once, and from disk once they are there", async (t) => {
  const { lanes, shard } = storage();
  const frames = new FrameChain().take(3, 2);
  const appended = shard.append(frames);
  t.same(shard.log.frameAt(3).bytes, frames[1].bytes);
  t.equal(shard.walBytes, 0);
  await lanes.round();
  t.same(await appended, { lastLsn: 6, syncMs: 3 });
  t.same(shard.log.frameAt(3).bytes, frames[1].bytes, "the cache holds one frame at most");
  t.ok(shard.walBytes > 3 * frames[0].bytes.byteLength);
});

t.test("without room frames wait in line, readable meanwhile, until an append is finished", async (t) => {
  const { lanes, shard } = storage();
  const frames = new FrameChain().take(3);
  lanes.room = frames[0].bytes.byteLength;
  const appends = frames.map((frame) => shard.append([frame]));
  t.notOk(shard.hasRoom());
  t.equal(shard.log.frameAt(3).firstLsn, 3);
  for (const [i, append] of appends.entries()) {
    await lanes.round();
    t.equal((await append).lastLsn, i + 1);
    t.equal(lanes.writer.tail.lsn, i + 1, "one frame fits a round");
  }
});

t.test("a cut reaches the disk first and the reader then", async (t) => {
  const { disk, lanes, shard } = storage();
  const appended = shard.append(new FrameChain().take(3));
  await lanes.round();
  await appended;
  await shard.truncateTail(1);
  t.same(lanes.calls, ["truncate 1"]);
  t.equal(shard.log.lastLsn, 1);
  const options = { checksums: nodeChecksums, appliedLsn: 0, peerAckedLsn: 0, scanFromLsn: 1 };
  t.equal(recover(disk, SHARD_DIRECTORY, options).tail.lsn, 1);
});

t.test("promises and checkpoints go to the lanes", async (t) => {
  const { lanes, shard } = storage();
  await shard.persistPromise(4);
  await shard.writeCheckpoint({} as never);
  t.same(lanes.calls, ["promise 4", "checkpoint"]);
});
