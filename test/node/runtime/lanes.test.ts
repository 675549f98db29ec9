// The lanes with their real threads, disk and databases.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import t from "tap";
import { systemClock } from "../../../common/clock.ts";
import { shardDirectory } from "../../../node/runtime/lane-files.ts";
import type { OpenedShard } from "../../../node/runtime/lane-messages.ts";
import { Lanes } from "../../../node/runtime/lanes.ts";
import { CHUNK_BYTES } from "../../../node/shard/reservation-table.ts";
import { nodeChecksums } from "../../../node/wal/checksums.ts";
import { LogReader } from "../../../node/wal/log-reader.ts";
import { NodeDisk } from "../../../node/wal/node-disk.ts";
import { checkpointDelta, issuerRow, tokenRun } from "../../support/checkpoints.ts";
import { childScript } from "../../support/child-script.ts";
import { FrameChain, TEST_INCARNATION } from "../../support/frame-chain.ts";
import { temporaryDirectory } from "../../support/temporary-directory.ts";

const FAILING_PROGRAM = new URL("../../support/failing-lane-worker.ts", import.meta.url);
const OTHER_INCARNATION = new Uint8Array(16).fill(9);

type OpenOptions = { readonly laneCount?: number; readonly failures?: Error[]; readonly program?: URL };

function openLanes(
  dataDirectory: string,
  { laneCount = 1, failures = [], program }: OpenOptions = {},
): Promise<Lanes> {
  return Lanes.open({
    dataDirectory,
    laneCount,
    ballastBytes: 0,
    clock: systemClock,
    onFailure: (failure) => failures.push(failure),
    ...(program === undefined ? {} : { program }),
  });
}

async function openShard(lanes: Lanes, shardId: number): Promise<OpenedShard> {
  const opened = await lanes.openShard(shardId, TEST_INCARNATION);
  if (opened.type === "refused") throw new Error(opened.message);
  return opened;
}

t.test("frames come back after a restart, in the order they were appended", async (t) => {
  const directory = temporaryDirectory(t);
  const lanes = await openLanes(directory, { laneCount: 2 });
  const chains = new Map([1, 2, 3, 4].map((shardId) => [shardId, new FrameChain()]));
  for (const shardId of chains.keys()) await openShard(lanes, shardId);
  const appends = [];
  for (let i = 0; i < 50; i++) {
    for (const [shardId, chain] of chains)
      appends.push(lanes.append(shardId, chain.take(1 + (i % 3), 1 + (i % 7))));
  }
  await Promise.all(appends);
  await lanes.close();
  const again = await openLanes(directory, { laneCount: 1 });
  for (const [shardId, { tail }] of chains) {
    const { log } = await openShard(again, shardId);
    t.equal(log.tail.lsn, tail.lsn);
    t.equal(Buffer.compare(log.tail.chain, tail.chain), 0);
  }
  await again.close();
});

t.test("an append resolves with its own placements, which the main thread can read", async (t) => {
  const directory = temporaryDirectory(t);
  const lanes = await openLanes(directory);
  const { log } = await openShard(lanes, 1);
  const reader = new LogReader({
    disk: new NodeDisk(),
    shardDirectory: shardDirectory(directory, 1),
    checksums: nodeChecksums,
    cacheBytes: 0,
    segments: log.segments,
  });
  const chain = new FrameChain();
  const batches = [chain.take(2, 3), chain.take(1, 4), chain.take(3, 1)];
  const results = await Promise.all(batches.map((frames) => lanes.append(1, frames)));
  t.strictSame(
    results.map(({ lastLsn, placements }) => [lastLsn, placements.length]),
    [
      [6, 2],
      [10, 1],
      [13, 3],
    ],
  );
  for (const frame of batches.flat()) reader.note(frame);
  for (const { placements } of results) for (const placement of placements) reader.place(placement);
  t.equal(Buffer.compare(reader.frameAt(11).bytes, batches[2][0].bytes), 0);
  reader.close();
  await lanes.close();
});

t.test("what gathers during a round is one round", async (t) => {
  const lanes = await openLanes(temporaryDirectory(t));
  const chains = [1, 2, 3, 4, 5].map(() => new FrameChain());
  for (const shardId of [1, 2, 3, 4, 5]) await openShard(lanes, shardId);
  const first = lanes.append(1, [chains[0].next()]);
  await new Promise((resolve) => void setImmediate(resolve)); // the round is on its way
  const rest = chains.map((chain, i) => lanes.append(i + 1, [chain.next()]));
  // A round has one sync time, and no two rounds take equally long to the nanosecond.
  const syncs = (await Promise.all(rest)).map(({ syncMs }) => syncMs);
  t.equal(new Set(syncs).size, 1);
  t.not((await first).syncMs, syncs[0]);
  await lanes.close();
});

t.test("a large frame goes through like a small one", async (t) => {
  const directory = temporaryDirectory(t);
  const lanes = await openLanes(directory);
  await openShard(lanes, 1);
  const chain = new FrameChain();
  const labels = "x".repeat(6_000_000);
  const frames = [chain.next(1), chain.next(1, { labels }), chain.next(4096), chain.next(1)];
  t.ok(lanes.roomFor(1, 8_000_000));
  const appends = frames.map((frame) => lanes.append(1, [frame]));
  t.notOk(lanes.roomFor(1, 64_000_000), "they wait for the end of this turn");
  await Promise.all(appends);
  t.ok(lanes.roomFor(1, 64_000_000));
  await lanes.close();
  const again = await openLanes(directory);
  t.equal((await openShard(again, 1)).log.tail.lsn, 4099);
  await again.close();
});

t.test("a segment that fills is followed by one made ahead", async (t) => {
  const directory = temporaryDirectory(t);
  const lanes = await openLanes(directory);
  await openShard(lanes, 1);
  const chain = new FrameChain();
  for (let i = 0; i < 60; i++) await lanes.append(1, [chain.next(1000)]);
  await lanes.close();
  const again = await openLanes(directory);
  const { log } = await openShard(again, 1);
  t.equal(log.tail.lsn, 60_000);
  t.ok(log.segments.length > 2);
  await again.close();
});

t.test("a checkpoint survives a restart byte for byte, and takes its buffers over", async (t) => {
  const directory = temporaryDirectory(t);
  const lanes = await openLanes(directory);
  await openShard(lanes, 1);
  const chain = new FrameChain();
  const appended = lanes.append(1, chain.take(10, 4000));
  await appended;
  const bytes = new Uint8Array(CHUNK_BYTES).fill(5);
  const delta = checkpointDelta(40_000, {
    appliedChain: chain.tail.chain,
    issuers: Array.from({ length: 1000 }, (_, number) => issuerRow(number)),
    reservationChunks: [0, 1, 2, 3, 4, 5, 6, 7].map((index) => ({ index, bytes: bytes.slice() })),
    tokenRuns: [tokenRun(65_536, 1)],
  });
  const expected = structuredClone(delta);
  const writing = lanes.writeCheckpoint(1, delta);
  const during = lanes.append(1, [chain.next()]);
  await Promise.all([writing, during]);
  t.equal(delta.reservationChunks[0]?.bytes.byteLength, 0, "handed over");
  t.equal(delta.tokenRuns[0]?.lsns.length, 65_536, "still in use by the index");
  await lanes.close();
  const again = await openLanes(directory);
  const { checkpoint, log } = await openShard(again, 1);
  t.ok(isDeepStrictEqual(checkpoint, expected));
  t.equal(log.tail.lsn, 40_001);
  await again.close();
});

t.test("a tail is cut after what was appended, and the log goes on from there", async (t) => {
  const directory = temporaryDirectory(t);
  const lanes = await openLanes(directory);
  await openShard(lanes, 1);
  const chain = new FrameChain();
  const kept = chain.take(3, 10);
  const { tail } = chain;
  const appended = lanes.append(1, [...kept, ...chain.take(2, 10)]);
  const cut = lanes.truncateTail(1, 30);
  t.throws(() => lanes.append(1, [chain.next()]), { name: "InvariantViolation" });
  t.match(await cut, { path: /quarantine/ });
  t.equal((await appended).lastLsn, 50);
  t.equal((await lanes.append(1, [new FrameChain(tail).next(5)])).lastLsn, 35);
  t.equal(await lanes.truncateTail(1, 35), undefined, "nothing to cut");
  await lanes.close();
});

t.test("identity, incarnations and promises are there after a restart", async (t) => {
  const directory = temporaryDirectory(t);
  const lanes = await openLanes(directory, { laneCount: 2 });
  t.equal(lanes.identity, undefined);
  t.strictSame(lanes.shards, []);
  await lanes.claim({ clusterId: "c1", nodeId: "n1" });
  await openShard(lanes, 3);
  await lanes.persistPromise(3, 5);
  await lanes.persistPromise(4, 6);
  await lanes.close();
  const again = await openLanes(directory, { laneCount: 2 });
  t.strictSame(again.identity, { clusterId: "c1", nodeId: "n1" });
  t.match(again.shards, [
    { shardId: 3, promisedGeneration: 5 },
    { shardId: 4, promisedGeneration: 6, incarnation: undefined },
  ]);
  t.equal(Buffer.compare(again.shards[0].incarnation ?? OTHER_INCARNATION, TEST_INCARNATION), 0);
  const foreign = again.claim({ clusterId: "c2", nodeId: "n1" });
  await t.rejects(foreign, { name: "StorageError", fault: "foreign" });
  t.match(await again.openShard(3, OTHER_INCARNATION), { type: "refused", reason: "foreign" });
  await again.close();
});

t.test("a second process is refused while the first one runs, and let in when it was killed", async (t) => {
  const directory = temporaryDirectory(t);
  const holder = childScript(`
    import { Lanes } from "${import.meta.resolve("../../../node/runtime/lanes.ts")}";
    import { systemClock } from "${import.meta.resolve("../../../common/clock.ts")}";
    const options = { laneCount: 1, ballastBytes: 0, clock: systemClock, onFailure: console.error };
    const lanes = await Lanes.open({ ...options, dataDirectory: ${JSON.stringify(directory)} });
    await lanes.persistPromise(1, 9);
    console.log("open");
    setInterval(() => lanes, 1000);
  `);
  t.equal(await holder.firstLine, "open");
  const message = /node\.sqlite is in use by another process/;
  await t.rejects(openLanes(directory), { name: "StorageError", fault: "locked", message });
  holder.kill("SIGKILL");
  t.equal((await holder.end).signal, "SIGKILL");
  const lanes = await openLanes(directory);
  t.match(lanes.shards, [{ shardId: 1, promisedGeneration: 9 }]);
  await lanes.close();
});

t.test("every lane probes the disk, and nothing is outstanding afterwards", async (t) => {
  const lanes = await openLanes(temporaryDirectory(t), { laneCount: 2 });
  const probing = lanes.probeDisk();
  await new Promise((resolve) => void setTimeout(resolve, 1));
  t.ok(lanes.oldestOutstandingMs() >= 0);
  const probes = await probing;
  t.equal(probes.length, 2);
  for (const { syncMs, freeBytes, totalBytes } of probes)
    t.ok(syncMs > 0 && freeBytes > 0 && totalBytes >= freeBytes);
  t.equal(lanes.oldestOutstandingMs(), 0);
  await lanes.close();
});

t.test("a failed sync ends the lane: nothing is acknowledged, nothing is tried again", async (t) => {
  const directory = temporaryDirectory(t);
  const failures: Error[] = [];
  const lanes = await openLanes(directory, { failures, program: FAILING_PROGRAM });
  await openShard(lanes, 1);
  const chain = new FrameChain();
  await lanes.append(1, [chain.next()]);
  const attempts = join(directory, "fail-sync");
  writeFileSync(attempts, "");
  const appends = [lanes.append(1, [chain.next()]), lanes.append(1, [chain.next()])];
  for (const each of appends)
    await t.rejects(each, { name: "LaneFailure", message: /lane 0 failed: sync .*: EIO/ });
  const later: Promise<unknown>[] = [lanes.append(1, [chain.next()]), lanes.persistPromise(1, 3)];
  for (const each of later) await t.rejects(each, { name: "LaneFailure" });
  t.equal(failures.length, 1);
  t.equal(readFileSync(attempts, "utf8").trim().split("\n").length, 1);
  t.ok(lanes.oldestOutstandingMs() > 0, "what failed stays outstanding");
  await lanes.close();
});

t.test("a process whose lane fails ends with the log line of why", async (t) => {
  const directory = temporaryDirectory(t);
  const script = childScript(`
    import { writeFileSync } from "node:fs";
    import { Lanes } from "${import.meta.resolve("../../../node/runtime/lanes.ts")}";
    import { systemClock } from "${import.meta.resolve("../../../common/clock.ts")}";
    import { FrameChain, TEST_INCARNATION } from "${import.meta.resolve("../../support/frame-chain.ts")}";
    const dataDirectory = ${JSON.stringify(directory)};
    const onFailure = (failure) => {
      console.log(failure.message);
      process.exit(70);
    };
    const program = new URL(${JSON.stringify(FAILING_PROGRAM.href)});
    const lanes = await Lanes.open({ dataDirectory, laneCount: 1, ballastBytes: 0, clock: systemClock, onFailure, program });
    await lanes.openShard(1, TEST_INCARNATION);
    const chain = new FrameChain();
    await lanes.append(1, [chain.next()]);
    writeFileSync(dataDirectory + "/fail-sync", "");
    await lanes.append(1, [chain.next()]);
    console.log("acknowledged");
  `);
  const end = await script.end;
  t.equal(end.code, 70);
  t.match(end.output, /^lane 0 failed: sync .*EIO\n$/);
});

t.test("what the lanes were asked for is done before they close", async (t) => {
  const directory = temporaryDirectory(t);
  const lanes = await openLanes(directory);
  await openShard(lanes, 1);
  const chain = new FrameChain();
  const appends = chain.take(200).map((frame) => lanes.append(1, [frame]));
  const promise = lanes.persistPromise(1, 2);
  await lanes.close();
  t.equal((await Promise.all(appends)).length, 200);
  await promise;
  const again = await openLanes(directory);
  t.equal((await openShard(again, 1)).log.tail.lsn, 200);
  t.match(again.shards, [{ promisedGeneration: 2 }]);
  await again.close();
});
