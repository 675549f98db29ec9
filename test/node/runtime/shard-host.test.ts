import t from "tap";
import { ItemError, Kind, Outcome } from "../../../common/batch/kinds.ts";
import type { Reply } from "../../../node/shard/events.ts";
import { DiskError } from "../../../node/wal/disk.ts";
import { WalCorruption } from "../../../node/wal/wal-corruption.ts";
import { HostedShard } from "../../support/node/hosted-shard.ts";
import { reserve, TEST_CONFIGURATION } from "../../support/node/test-replica.ts";
import { FakeFollower } from "../../support/shard/fake-follower.ts";
import { SHARD_ID } from "../../support/shard/frame-author.ts";
import { namedToken } from "../../support/shard/named-tokens.ts";

const register = (issuerId: string) => ({
  kind: Kind.REGISTER_ISSUER,
  token: namedToken(`register ${issuerId}`),
  issuerId,
  amountMinor: 1_000,
  currency: "EUR",
});
const cluster = { kindMax: Kind.TOKEN_FENCE };
const reasonOf = ([reply]: Reply[], row = 0) => (reply === undefined ? "none" : reply.results.reason(row));

/** A leading shard with issuer X. */
async function leading() {
  const shard = new HostedShard();
  const peer = await shard.lead();
  const registered = shard.submit([register("X")], cluster);
  await shard.settle(peer);
  t.equal(registered[0]?.results.outcome(0), Outcome.APPROVED);
  return { shard, peer };
}

t.test("a new leader makes its promise durable, then begins its generation and reports it", async (t) => {
  const shard = new HostedShard();
  const peer = await shard.lead();
  t.same(shard.storage.promises, [1]);
  t.equal(shard.host.status().isEstablished, true);
  t.equal(peer.durableLsn, 1);
  t.ok(shard.log.events.includes("generation_established"));
  t.equal(shard.reports, 1);
  t.same(shard.following.at(-1), [SHARD_ID, ""], "a leader follows nobody");
});

t.test("batches of one turn become one frame, answered when disk and peer hold it", async (t) => {
  const { shard, peer } = await leading();
  const first = shard.submit([reserve("r1", "X")]);
  const second = shard.submit([reserve("r2", "X")]);
  t.equal(shard.storage.log.frames.length, 2, "nothing is decided before the turn ends");
  shard.time.endTurn();
  t.equal(shard.storage.log.frames.length, 3);
  await shard.storage.finish();
  t.same([first, second], [[], []], "the own disk alone does not commit");
  shard.deliverTo(peer);
  t.equal(first[0]?.lsn, 3);
  t.equal(second[0]?.lsn, 4);
  t.equal(shard.host.isBusy, false);
});

t.test("frames carry the time of the event they answer as their send stamp", async (t) => {
  const { shard } = await leading();
  shard.take();
  shard.submit([reserve("r1", "X")]);
  shard.time.nowMs += 7;
  shard.time.endTurn();
  t.match(shard.take(), [
    { command: { type: "send_frames", frames: [{ firstLsn: 3 }] }, sentMs: shard.time.nowMs },
  ]);
});

t.test("committed records are shipped to asynchronous followers when the shipper says so", async (t) => {
  const { shard, peer } = await leading();
  const remote = new FakeFollower("c");
  shard.attach(remote, 3);
  shard.deliverTo(remote);
  t.equal(remote.durableLsn, 2);
  for (const ship of shard.shipping) ship();
  shard.take();
  shard.shipping.clear();
  shard.submit([reserve("r1", "X")]);
  shard.time.endTurn();
  t.equal(shard.shipping.size, 0, "nothing committed is unsent");
  await shard.settle(peer);
  t.equal(shard.shipping.size, 1);
  for (const ship of shard.shipping) ship();
  shard.deliverTo(remote);
  t.equal(remote.durableLsn, 3);
});

t.test("who waits for the remote hears when it holds the record", async (t) => {
  const { shard } = await leading();
  const remote = new FakeFollower("c");
  const wait = shard.host.waiters.wait(2, shard.time.nowMs + 1_000);
  shard.attach(remote, 3);
  shard.deliverTo(remote);
  t.equal(await wait, true);
  const tooLong = shard.host.waiters.wait(99, shard.time.nowMs + 1_000);
  shard.time.nowMs += 1_000;
  shard.host.tick();
  t.equal(await tooLong, false);
});

t.test("a batch that outlives its deadline is answered by the tick", async (t) => {
  const { shard } = await leading();
  const replies = shard.submit([reserve("r1", "X")], { timeoutMs: 300 });
  shard.time.endTurn();
  shard.time.nowMs += 301;
  shard.host.tick();
  t.equal(reasonOf(replies), ItemError.COMMIT_OUTCOME_UNKNOWN);
});

t.test("a follower follows its leader's node and acknowledges what is durable", async (t) => {
  const leader = await leading();
  const follower = new HostedShard("b");
  follower.host.configure(TEST_CONFIGURATION);
  t.same(follower.following, [[SHARD_ID, "a"]]);
  await follower.storage.finish();
  follower.host.deliver({ type: "subscription_opened", leader: "a" });
  t.match(follower.take(), [{ command: { type: "send_subscription", leader: "a", nonce: 1, lastLsn: 0 } }]);
  follower.host.deliver({
    type: "frames_received",
    leader: "a",
    generation: 1,
    nonce: 1,
    frames: leader.shard.storage.log.frames,
    commitLsn: 2,
    sentMs: 5,
    nowMs: follower.time.nowMs,
  });
  t.same(follower.take(), [], "not before the disk has it");
  await follower.storage.finish();
  t.match(follower.take(), [
    { command: { type: "send_ack", durableLsn: 2, appliedLsn: 2, echoedSendMs: 5 } },
  ]);
  t.equal(reasonOf(follower.submit([reserve("r1", "X")])), ItemError.NOT_LEADER);
});

t.test("a leader whose generation began before this run asks for the next one", async (t) => {
  const restarted = new HostedShard("a", 3);
  restarted.host.configure({ ...TEST_CONFIGURATION, generation: 3 });
  await restarted.storage.finish();
  t.match(restarted.proposals, [
    { expectedGeneration: 3, generation: 4, startLsn: 1, operationId: "restart" },
  ]);
});

t.test("heartbeats go to every follower", async (t) => {
  const { shard } = await leading();
  shard.take();
  shard.host.beat();
  const heartbeat = (session: number) => ({
    command: { type: "send_frames", session, frames: [] },
    sentMs: shard.time.nowMs,
  });
  t.match(
    shard.take().map(({ command, sentMs }) => ({ command: { ...command, frames: [] }, sentMs })),
    [heartbeat(1), heartbeat(2)],
  );
});

t.test("a node that drains refuses new batches and answers the old ones", async (t) => {
  const { shard, peer } = await leading();
  const before = shard.submit([reserve("r1", "X")]);
  shard.host.drain();
  const after = shard.submit([reserve("r2", "X"), reserve("r3", "X")]);
  t.equal(reasonOf(after, 0), ItemError.SHUTTING_DOWN);
  t.equal(reasonOf(after, 1), ItemError.SHUTTING_DOWN);
  t.equal(shard.host.isBusy, true);
  await shard.settle(peer);
  t.equal(before[0]?.results.outcome(0), Outcome.APPROVED);
  t.equal(shard.host.isBusy, false);
});

t.test("a checkpoint is written when it is due, and on the way out", async (t) => {
  const { shard, peer } = await leading();
  shard.host.tick();
  t.match(shard.storage.checkpoints, [{ appliedLsn: 2 }]);
  shard.submit([reserve("r1", "X")]);
  await shard.settle(peer);
  await shard.host.finish();
  t.match(shard.storage.checkpoints, [{ appliedLsn: 2 }, { appliedLsn: 3 }]);
});

t.test("a log that cannot be read back ends the shard's service, not the node's", async (t) => {
  for (const damage of [
    new WalCorruption({ lsn: 3, segment: 1, offset: 0, reason: "torn" as never }),
    new DiskError("read", "/data", "EIO"),
  ]) {
    const { shard } = await leading();
    const waiting = shard.submit([reserve("r1", "X")]);
    const target = {
      kind: Kind.RELEASE,
      token: namedToken("rel"),
      targetToken: namedToken("register X"),
      issuerId: "X",
    };
    const reading = shard.submit([target]);
    shard.storage.log.frameAt = () => {
      throw damage;
    };
    shard.time.endTurn();
    t.equal(reasonOf(waiting), ItemError.COMMIT_OUTCOME_UNKNOWN);
    t.equal(reasonOf(reading), ItemError.COMMIT_OUTCOME_UNKNOWN);
    t.equal(reasonOf(shard.submit([reserve("r2", "X")])), ItemError.WAL_CORRUPT);
    t.match(shard.host.status(), { isEstablished: false, refusal: ItemError.WAL_CORRUPT });
    t.match(shard.host.problem, /cannot be read back/);
    shard.take();
    shard.host.beat();
    shard.host.tick();
    t.same(shard.take(), [], "its followers hear no more of it");
    await shard.host.finish();
  }
});

t.test("a broken invariant is not swallowed", async (t) => {
  const { shard } = await leading();
  t.throws(() => shard.host.deliver({ type: "local_durable", nowMs: 0, lsn: 99 }), /durable beyond appended/);
});

t.test("the gauges and the log show how the shard does", async (t) => {
  const { shard } = await leading();
  shard.host.show();
  const text = await shard.metrics.exposition();
  t.match(text, `harborpoint_shard_generation{shard="${SHARD_ID}"} 1`);
  t.match(text, `harborpoint_shard_writable{shard="${SHARD_ID}"} 1`);
  t.notOk(shard.log.events.includes("shard_stuck"));
});
