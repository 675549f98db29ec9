// Opening a shard: what is there after a restart, and what is done when log and state disagree.
import { closeSync, existsSync, openSync, readdirSync, rmSync, writeSync } from "node:fs";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import t from "tap";
import { systemRandom } from "../../../common/random.ts";
import { shardDirectory, stateStorePath } from "../../../node/runtime/lane-files.ts";
import type { OpenedShard, RefusedShard } from "../../../node/runtime/lane-messages.ts";
import type { LaneShard } from "../../../node/runtime/lane-shard.ts";
import { type LaneEnvironment, LaneShardOpening } from "../../../node/runtime/lane-shard-opening.ts";
import { openDatabase } from "../../../node/storage/database.ts";
import { nodeChecksums } from "../../../node/wal/checksums.ts";
import { NodeDisk } from "../../../node/wal/node-disk.ts";
import { checkpointDelta, issuerRow } from "../../support/checkpoints.ts";
import { FrameChain, TEST_INCARNATION } from "../../support/frame-chain.ts";
import { temporaryDirectory } from "../../support/temporary-directory.ts";

const SHARD = 7;
const OTHER_INCARNATION = new Uint8Array(16).fill(9);

function environmentOf(t: Parameters<typeof temporaryDirectory>[0]): LaneEnvironment {
  return {
    dataDirectory: temporaryDirectory(t),
    disk: new NodeDisk(),
    checksums: nodeChecksums,
    sizing: { bytesMin: 16_384, bytesMax: 16_384, growWithinMs: 0 },
    randomBytes: (count) => systemRandom.bytes(count),
    monotonicMs: () => 0,
  };
}

type Open = { readonly shard: LaneShard; readonly opened: OpenedShard };

function open(environment: LaneEnvironment, incarnation = TEST_INCARNATION): Open {
  const result = new LaneShardOpening(environment, SHARD, incarnation).run();
  if ("type" in result) throw new Error(`refused: ${result.reason}: ${result.message}`);
  return result;
}

function refusal(environment: LaneEnvironment, incarnation = TEST_INCARNATION): RefusedShard {
  const result = new LaneShardOpening(environment, SHARD, incarnation).run();
  if ("type" in result) return result;
  result.shard.close();
  throw new Error("the shard was opened");
}

/** A shard of 100 frames in several segments with a checkpoint at LSN 40. */
function writeShard(environment: LaneEnvironment, checkpointLsn = 40): void {
  const { shard } = open(environment);
  const chain = new FrameChain();
  for (let frame = 1; frame <= 100; frame++) {
    shard.log.append([chain.next()]);
    if (chain.tail.lsn !== checkpointLsn) continue;
    const changes = { appliedChain: chain.tail.chain, issuers: [issuerRow(0)] };
    shard.state.writeCheckpoint(checkpointDelta(checkpointLsn, changes));
  }
  shard.log.sync();
  shard.close();
}

/** Overwrites bytes in the middle of a file. */
function damage(path: string, offset: number, bytes: number): void {
  const descriptor = openSync(path, "r+");
  writeSync(descriptor, Buffer.alloc(bytes, 0xee), 0, bytes, offset);
  closeSync(descriptor);
}

t.test("a new shard has an empty log and no checkpoint", async (t) => {
  const { shard, opened } = open(environmentOf(t));
  t.match(opened, { type: "opened", checkpoint: undefined, discarded: undefined });
  t.match(opened.log, { verdict: { kind: "clean" }, tail: { lsn: 0 }, segments: [{ segment: 1, count: 0 }] });
  t.equal(opened.tokenHashKey.length, 4);
  shard.close();
});

t.test("a shard that was opened but never written is still a new one", async (t) => {
  const environment = environmentOf(t);
  open(environment).shard.close();
  const { shard, opened } = open(environment);
  t.equal(opened.log.tail.lsn, 0);
  shard.close();
});

t.test("log, checkpoint and hash key are there after a restart", async (t) => {
  const environment = environmentOf(t);
  const first = open(environment);
  const chain = new FrameChain();
  first.shard.log.append(chain.take(3, 10));
  first.shard.log.sync();
  const delta = checkpointDelta(30, { appliedChain: chain.tail.chain, issuers: [issuerRow(0)] });
  first.shard.state.writeCheckpoint(delta);
  first.shard.close();
  const { shard, opened } = open(environment);
  t.equal(opened.log.tail.lsn, 30);
  t.equal(opened.discarded, undefined);
  t.ok(isDeepStrictEqual(opened.checkpoint, { ...delta, reservationChunks: [], tokenRuns: [] }));
  t.ok(isDeepStrictEqual(opened.tokenHashKey, first.opened.tokenHashKey));
  shard.log.append([chain.next()]);
  t.equal(shard.log.tail.lsn, 31);
  shard.close();
});

t.test("damaged state is set aside when the log reaches back to its first record", async (t) => {
  const environment = environmentOf(t);
  writeShard(environment);
  damage(stateStorePath(environment.dataDirectory, SHARD), 0, 4096);
  const { shard, opened } = open(environment);
  t.match(opened, { checkpoint: undefined, discarded: /state\.sqlite is damaged/ });
  t.equal(opened.log.tail.lsn, 100);
  t.ok(existsSync(`${stateStorePath(environment.dataDirectory, SHARD)}.damaged`));
  shard.state.writeCheckpoint(checkpointDelta(1));
  shard.close();
});

t.test("state that is not of this log is set aside", async (t) => {
  const environment = environmentOf(t);
  writeShard(environment);
  rmSync(join(shardDirectory(environment.dataDirectory, SHARD), "wal"), { recursive: true });
  const { shard } = openWithoutState(environment);
  shard.log.append(new FrameChain().take(20, 5));
  shard.log.sync();
  shard.close();
  restoreState(environment);
  const { shard: again, opened } = open(environment);
  t.match(opened, { checkpoint: undefined, discarded: "the checkpoint at LSN 40 is not of this log" });
  again.close();
});

/** Opens the shard as if it had no derived state, which is kept for {@link restoreState}. */
function openWithoutState(environment: LaneEnvironment): Open {
  const path = stateStorePath(environment.dataDirectory, SHARD);
  environment.disk.rename(path, `${path}.kept`);
  return open(environment);
}

function restoreState({ disk, dataDirectory }: LaneEnvironment): void {
  const path = stateStorePath(dataDirectory, SHARD);
  disk.rename(`${path}.kept`, path);
}

t.test("lost state with a log that was truncated refuses the shard and touches nothing", async (t) => {
  const environment = environmentOf(t);
  writeShard(environment, 60);
  const { shard } = open(environment);
  t.ok(shard.log.truncateBefore(60) > 1, "the first segment is gone");
  shard.close();
  const path = stateStorePath(environment.dataDirectory, SHARD);
  damage(path, 0, 4096);
  const message = /state\.sqlite is damaged, and the log begins only at LSN \d+/;
  t.match(refusal(environment), { type: "refused", reason: "state-lost", message });
  t.notOk(existsSync(`${path}.damaged`));
  rmSync(path);
  t.match(refusal(environment), {
    reason: "state-lost",
    message: /holds no checkpoint, and the log begins only/,
  });
});

t.test("a damaged log refuses the shard", async (t) => {
  const environment = environmentOf(t);
  writeShard(environment);
  const wal = join(shardDirectory(environment.dataDirectory, SHARD), "wal");
  const [first] = readdirSync(wal).filter((name) => name.endsWith(".seg"));
  damage(join(wal, first), 5000, 20);
  t.match(refusal(environment), { reason: "wal-corrupt", message: /corrupt at LSN/ });
  t.match(refusal(environment), { reason: "wal-corrupt" }, "again, because nothing was changed");
});

t.test("a log that ends before the checkpoint refuses the shard", async (t) => {
  const environment = environmentOf(t);
  writeShard(environment);
  rmSync(join(shardDirectory(environment.dataDirectory, SHARD), "wal"), { recursive: true });
  t.match(refusal(environment), { reason: "wal-corrupt", message: /missing/ });
});

t.test("another incarnation refuses the shard, by its state or by its log", async (t) => {
  const environment = environmentOf(t);
  writeShard(environment);
  t.match(refusal(environment, OTHER_INCARNATION), { reason: "foreign" });
  rmSync(stateStorePath(environment.dataDirectory, SHARD));
  t.match(refusal(environment, OTHER_INCARNATION), {
    reason: "foreign",
    message: /holds the log of another/,
  });
});

t.test("state of a newer release refuses the shard", async (t) => {
  const environment = environmentOf(t);
  writeShard(environment);
  const path = stateStorePath(environment.dataDirectory, SHARD);
  const options = { durability: "NORMAL", cacheKib: 64, autocheckpointPages: 10, schema: "" } as const;
  openDatabase(path, { ...options, schemaVersion: 99 }).close();
  t.match(refusal(environment), { reason: "state-newer", message: /schema 99/ });
});
