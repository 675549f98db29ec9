// What a lane's thread does with its tasks, without the thread.
import { join } from "node:path";
import t from "tap";
import { systemRandom } from "../../../common/random.ts";
import { LaneExecutor } from "../../../node/runtime/lane-executor.ts";
import { shardDirectory } from "../../../node/runtime/lane-files.ts";
import { type LaneResults, type LaneTask, NODE_LANE } from "../../../node/runtime/lane-messages.ts";
import { LaneStaging } from "../../../node/runtime/lane-staging.ts";
import { CHAIN_BYTES } from "../../../node/shard/checksums.ts";
import type { Frame } from "../../../node/shard/frame.ts";
import { nodeChecksums } from "../../../node/wal/checksums.ts";
import { DiskError } from "../../../node/wal/disk.ts";
import { LogReader } from "../../../node/wal/log-reader.ts";
import { SEGMENT_SIZING } from "../../../node/wal/next-segment.ts";
import { NodeDisk } from "../../../node/wal/node-disk.ts";
import { checkpointDelta } from "../../support/checkpoints.ts";
import { FrameChain, TEST_INCARNATION } from "../../support/frame-chain.ts";
import { HookedDisk } from "../../support/hooked-disk.ts";
import { temporaryDirectory } from "../../support/temporary-directory.ts";

/** An executor over the real disk that notes what is synced, and fails when the test says so. */
class Fixture {
  readonly directory: string;
  readonly synced: string[] = [];
  failure: Error | undefined;
  readonly executor: LaneExecutor;
  readonly #staging: LaneStaging;

  constructor(t: Parameters<typeof temporaryDirectory>[0]) {
    this.directory = join(temporaryDirectory(t), "data");
    const staging = LaneStaging.allocate(1 << 20);
    this.#staging = new LaneStaging(staging);
    this.executor = new LaneExecutor({
      lane: NODE_LANE,
      dataDirectory: this.directory,
      ballastBytes: 10_000,
      staging,
      disk: new HookedDisk(new NodeDisk(), (path) => {
        this.synced.push(path.slice(this.directory.length + 1));
        if (this.failure !== undefined) throw this.failure;
      }),
      checksums: nodeChecksums,
      sizing: SEGMENT_SIZING,
      randomBytes: (count) => systemRandom.bytes(count),
      monotonicMs: () => performance.now(),
    });
  }

  async run<Type extends LaneTask["type"]>(
    task: Extract<LaneTask, { type: Type }>,
  ): Promise<LaneResults[Type]> {
    return (await this.executor.run(task)) as LaneResults[Type];
  }

  async open(...shardIds: number[]): Promise<void> {
    await this.run({ type: "open_node" });
    for (const shardId of shardIds) {
      const opened = await this.run({ type: "open_shard", shardId, incarnation: TEST_INCARNATION });
      if (opened.type === "refused") throw new Error(opened.message);
    }
    this.synced.length = 0;
  }

  round(...appends: (readonly [shardId: number, frames: readonly Frame[]])[]): Promise<LaneResults["round"]> {
    const frames = appends.flatMap(([, each]) => each);
    const bytes = frames.reduce((sum, frame) => sum + frame.bytes.byteLength + CHAIN_BYTES, 0);
    this.#staging.write(
      frames.flatMap((frame) => [frame.bytes, frame.chain]),
      bytes,
    );
    const shares = appends.map(([shardId, each]) => {
      return { shardId, frameBytes: each.map((frame) => frame.bytes.byteLength) };
    });
    return this.run({ type: "round", shares });
  }
}

const segment = (shardId: number): string => `shards/${shardId}/wal/00000000000000000001.seg`;

t.test("a round writes every share and syncs each file once", async (t) => {
  const fixture = new Fixture(t);
  await fixture.open(1, 2, 3);
  const chains = [1, 2, 3].map(() => new FrameChain());
  const [a, b, c] = chains.map((chain) => chain.take(2, 3));
  const result = await fixture.round([1, a], [2, b], [3, c], [1, [chains[0].next()]]);
  t.strictSame(fixture.synced.toSorted(), [segment(1), segment(2), segment(3)]);
  t.strictSame(
    result.shares.map(({ shardId, placements }) => [shardId, ...placements.map(({ lastLsn }) => lastLsn)]),
    [
      [1, 3, 6],
      [2, 3, 6],
      [3, 3, 6],
      [1, 7],
    ],
  );
  t.ok(result.syncMs > 0);
  await fixture.run({ type: "close" });
});

t.test("what a round reports can be read back at once, by another reader", async (t) => {
  const fixture = new Fixture(t);
  await fixture.open(1);
  const frames = new FrameChain().take(3, 5);
  const { shares } = await fixture.round([1, frames]);
  const reader = new LogReader({
    disk: new NodeDisk(),
    shardDirectory: shardDirectory(fixture.directory, 1),
    checksums: nodeChecksums,
    cacheBytes: 0,
    segments: [
      {
        segment: 1,
        nextLsn: 1,
        count: 0,
        lsnDeltas: new Uint32Array(),
        offsets: new Uint32Array(),
        lengths: new Uint32Array(),
      },
    ],
  });
  for (const [i, placement] of shares[0].placements.entries()) {
    reader.note(frames[i]);
    reader.place(placement);
  }
  t.equal(Buffer.compare(reader.frameAt(12).bytes, frames[2].bytes), 0);
  t.equal(Buffer.compare(reader.frameAt(12).chain, frames[2].chain), 0);
  reader.close();
  await fixture.run({ type: "close" });
});

t.test("the chain value of a round outlives the memory it came in", async (t) => {
  const fixture = new Fixture(t);
  await fixture.open(1, 2);
  const [one, two] = [new FrameChain(), new FrameChain()];
  await fixture.round([1, [one.next()]]);
  await fixture.round([2, [two.next(5)]]);
  await t.resolves(fixture.round([1, [one.next()]]), "the next frame continues the chain");
  await fixture.run({ type: "close" });
});

t.test("a failed sync is thrown and never tried again", async (t) => {
  const fixture = new Fixture(t);
  await fixture.open(1);
  const chain = new FrameChain();
  fixture.failure = new DiskError("sync", "/disk", "EIO");
  await t.rejects(fixture.round([1, [chain.next()]]), { name: "DiskError", code: "EIO" });
  fixture.failure = undefined;
  fixture.synced.length = 0;
  await t.rejects(fixture.round([1, [chain.next()]]), { name: "DiskError", code: "EIO" });
  t.strictSame(fixture.synced, [], "nothing was tried again");
});

t.test("a probe syncs a file of its own, and marks the shards that have gone idle once", async (t) => {
  const fixture = new Fixture(t);
  await fixture.open(1, 2);
  const chain = new FrameChain();
  await fixture.round([1, [chain.next()]]);
  const probed = async (): Promise<string[]> => {
    fixture.synced.length = 0;
    const probe = await fixture.run({ type: "probe" });
    t.ok(probe.syncMs > 0 && probe.freeBytes > 0 && probe.totalBytes >= probe.freeBytes);
    return fixture.synced.toSorted();
  };
  t.strictSame(await probed(), ["probe-0"], "the shard was busy");
  t.strictSame(await probed(), ["probe-0", segment(1)], "it has gone idle");
  t.strictSame(await probed(), ["probe-0"], "its mark is there");
  await fixture.round([1, [chain.next()]]);
  t.strictSame(await probed(), ["probe-0"], "the mark was overwritten");
  t.strictSame(await probed(), ["probe-0", segment(1)]);
  await fixture.run({ type: "close" });
});

t.test("a segment half full asks for the next one, which is made in pieces", async (t) => {
  const fixture = new Fixture(t);
  await fixture.open(1);
  const chain = new FrameChain();
  const round = async (): Promise<boolean> => {
    const { shares } = await fixture.round([1, chain.take(10, 100)]);
    return shares[0].wantsSegment;
  };
  t.notOk(await round());
  while (!(await round()));
  const lefts: number[] = [];
  do lefts.push(await fixture.run({ type: "prepare_segment", shardId: 1, bytes: 400_000 }));
  while (lefts.at(-1) !== 0);
  t.strictSame(lefts, [648_576, 248_576, 0]);
  t.notOk(await round());
  await fixture.run({ type: "close" });
});

t.test("a tail is cut, and what a checkpoint holds is not", async (t) => {
  const fixture = new Fixture(t);
  await fixture.open(1);
  const chain = new FrameChain();
  await fixture.round([1, chain.take(4, 10)]);
  const head = checkpointDelta(20);
  await fixture.run({ type: "checkpoint", shardId: 1, slice: { type: "head", head } });
  const copy = await fixture.run({ type: "truncate_tail", shardId: 1, keepLsn: 30 });
  t.match(copy, { path: /quarantine/, sha256: /^[0-9a-f]{64}$/ });
  const cut = fixture.run({ type: "truncate_tail", shardId: 1, keepLsn: 10 });
  await t.rejects(cut, { name: "InvariantViolation" });
});

t.test("the ballast is placed once", async (t) => {
  const fixture = new Fixture(t);
  await fixture.open();
  t.equal(new NodeDisk().openFile(join(fixture.directory, "ballast"), "read").size(), 10_000);
  await fixture.run({ type: "close" });
});

t.test("what the database refuses is an answer, other errors are thrown", async (t) => {
  const fixture = new Fixture(t);
  await fixture.open();
  await fixture.run({ type: "claim", identity: { clusterId: "c1", nodeId: "n1" } });
  const refusal = await fixture.executor.run({ type: "claim", identity: { clusterId: "c2", nodeId: "n1" } });
  t.match(refusal, { type: "storage_refusal", fault: "foreign" });
  await fixture.run({ type: "persist_promise", shardId: 4, generation: 7 });
  const lower = fixture.run({ type: "persist_promise", shardId: 4, generation: 6 });
  await t.rejects(lower, { name: "InvariantViolation", message: "a promise never decreases" });
});
