import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import t from "tap";
import { nodeChecksums } from "../../node/wal/checksums.ts";
import { ENVELOPE_BYTES } from "../../node/wal/envelope.ts";
import { LOG_START } from "../../node/wal/log-tail.ts";
import { NodeDisk } from "../../node/wal/node-disk.ts";
import { recover } from "../../node/wal/recovery.ts";
import { WalWriter } from "../../node/wal/wal-writer.ts";
import { FrameChain, TEST_IDENTITY } from "../support/frame-chain.ts";
import { temporaryDirectory } from "../support/temporary-directory.ts";
import { writerOptions } from "../support/test-log.ts";

const disk = new NodeDisk();

function recoverAt(shardDirectory: string) {
  return recover(disk, shardDirectory, {
    checksums: nodeChecksums,
    appliedLsn: 0,
    peerAckedLsn: 0,
    scanFromLsn: 1,
  });
}

/** A log of several segments, synced but for its last two frames; returns what a test may cut. */
function logWithUnsyncedFrames(shardDirectory: string) {
  const writer = new WalWriter(writerOptions(disk, { shardDirectory }), recoverAt(shardDirectory));
  writer.reset(TEST_IDENTITY, LOG_START);
  const chain = new FrameChain();
  for (let round = 0; round < 12; round++) {
    writer.append(chain.take(2, 3));
    writer.sync();
  }
  const syncedLsn = writer.syncedLsn;
  const placements = writer.append([chain.next(2, { labels: '{"book":"usd"}' }), chain.next(1)]);
  return { syncedLsn, placements };
}

/** Where bytes stop being those of a whole file. */
function firstDifference(bytes: Uint8Array, whole: Uint8Array): number {
  const at = bytes.findIndex((byte, i) => byte !== whole[i]);
  return at === -1 ? whole.byteLength : at;
}

t.test("a log on real files is recovered from a cut at every byte of its last two frames", async (t) => {
  const shardDirectory = `${temporaryDirectory(t)}/shard-1`;
  const { syncedLsn, placements } = logWithUnsyncedFrames(shardDirectory);
  const [first, second] = placements;
  const names = readdirSync(`${shardDirectory}/wal`).filter((name) => name.endsWith(".seg"));
  t.ok(names.length > 1, names.join(" "));
  const path = `${shardDirectory}/wal/${names.at(-1)}`;
  const whole = readFileSync(path);
  const end = second.offset + ENVELOPE_BYTES + second.length;
  for (let cut = first.offset; cut <= end; cut++) {
    // The rest never came to disk: there are the zeros of the preallocation, or not even those.
    const isShort = cut % 2 === 0;
    const bytes = new Uint8Array(isShort ? cut : whole.byteLength);
    bytes.set(whole.subarray(0, cut));
    writeFileSync(path, bytes);
    const written = isShort ? cut : firstDifference(bytes, whole);
    const { tail, verdict } = recoverAt(shardDirectory);
    const kept = placements.findLast(({ offset, length }) => offset + ENVELOPE_BYTES + length <= written);
    if (tail.lsn !== (kept?.lastLsn ?? syncedLsn)) t.fail(`cut at ${cut}: ends at ${tail.lsn}`);
    const isTorn = written < end && written !== first.offset && written !== second.offset;
    if (verdict.kind !== (isTorn ? "torn_tail_zeroed" : "clean")) t.fail(`cut at ${cut}: ${verdict.kind}`);
    const again = recoverAt(shardDirectory);
    if (again.verdict.kind !== "clean" || again.tail.lsn !== tail.lsn) t.fail(`cut at ${cut}: not settled`);
  }
  t.pass(`${end - first.offset + 1} cuts`);
});

t.test("a log on real files rotates, is cut, truncated and goes on", async (t) => {
  const shardDirectory = `${temporaryDirectory(t)}/shard-1`;
  const { syncedLsn } = logWithUnsyncedFrames(shardDirectory);
  const options = writerOptions(disk, { shardDirectory });
  const writer = new WalWriter(options, recoverAt(shardDirectory));
  const copy = writer.truncateAfter(syncedLsn - 6);
  t.match(copy?.path, /quarantine\/\d{20}-\d{20}-[0-9a-f]{64}\.frames$/);
  writer.append(new FrameChain(writer.tail).take(20, 3));
  writer.sync();
  const { tail } = writer;
  const firstLsn = writer.truncateBefore(tail.lsn - 20);
  t.ok(firstLsn > 1);
  writer.close();
  rmSync(`${shardDirectory}/quarantine`, { recursive: true });
  const recovered = recoverAt(shardDirectory);
  t.match(recovered, { verdict: { kind: "clean" }, tail: { lsn: tail.lsn }, knownSyncedLsn: tail.lsn });
  t.equal(recovered.segments[0].segment, firstLsn);
});
