import t from "tap";
import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { StoreError } from "../../../common/errors/store-error.ts";
import { seededRandom } from "../../../common/random.ts";
import type { ResponseReceiver } from "../../../common/rpc/response-stream.ts";
import { LeaderStreams } from "../../../node/replication/leader-streams.ts";
import type { SendAck, SendSubscription } from "../../../node/shard/events.ts";
import { nodeChecksums } from "../../../node/wal/checksums.ts";
import {
  type ReplicateRequest,
  type ReplicateResponse,
  ReplicateResponseSchema,
} from "../../../proto/gen/harborpoint/replication/v1/replication_pb.ts";
import { FrameChain } from "../../support/frame-chain.ts";
import { ManualTime } from "../../support/manual-time.ts";
import { FakeClientStream } from "../../support/node/fake-streams.ts";
import { RecordedShards } from "../../support/node/recorded-shards.ts";
import { RecordingLog } from "../../support/recording-log.ts";

/** One dialled connection, with the receiver that hears what the leader's node says. */
class Dialled {
  readonly leader: string;
  readonly receiver: ResponseReceiver<ReplicateResponse>;
  readonly stream = new FakeClientStream<ReplicateRequest>();
  isClosed = false;

  constructor(leader: string, receiver: ResponseReceiver<ReplicateResponse>) {
    this.leader = leader;
    this.receiver = receiver;
  }

  close(): void {
    this.isClosed = true;
  }

  /** The leader's node says something. */
  say(init: MessageInitShape<typeof ReplicateResponseSchema> = {}): void {
    this.receiver.onMessage(create(ReplicateResponseSchema, init));
  }
}

class Follower {
  readonly time = new ManualTime();
  readonly shards = new RecordedShards(1, 2, 3);
  readonly dialled: Dialled[] = [];
  readonly faults: string[] = [];
  readonly log = new RecordingLog();
  readonly unknown = new Set<string>();
  hasRoom = true;
  readonly streams = new LeaderStreams({
    nodeId: "c",
    bootId: "boot",
    clusterId: "cluster",
    clock: this.time,
    random: seededRandom(1),
    checksums: nodeChecksums,
    shards: this.shards,
    dial: (leader, receiver) => {
      if (this.unknown.has(leader)) return undefined;
      const connection = new Dialled(leader, receiver);
      this.dialled.push(connection);
      return connection;
    },
    endOfTurn: (task) => this.time.endOfTurn(task),
    hasRoom: () => this.hasRoom,
    log: this.log,
    countMalformed: (fault) => this.faults.push(fault),
  });

  /** The newest connection. */
  get line(): Dialled {
    return this.dialled[this.dialled.length - 1];
  }

  /** Lets time pass with a beat every 100 ms. */
  pass(ms: number): void {
    for (let passed = 0; passed < ms; passed += 100) {
      this.time.advance(100);
      this.streams.beat();
    }
  }
}

const subscription = (leader: string): SendSubscription => ({
  type: "send_subscription",
  leader,
  nonce: 1,
  incarnation: undefined,
  promisedGeneration: 1,
  lastGeneration: 0,
  lastLsn: 0,
  lastChain: new Uint8Array(32),
  appliedLsn: 0,
});
const ack = (leader: string, durableLsn: number): SendAck => ({
  type: "send_ack",
  leader,
  nonce: 1,
  generation: 1,
  durableLsn,
  durableChain: new Uint8Array(32),
  appliedLsn: 0,
  echoedSendMs: 1,
});
const batch = (shardId: number, frames: Uint8Array[] = []) => ({
  shardId,
  generation: 1n,
  nonce: 1n,
  frames,
  commitLsn: 0n,
  sentMs: 5,
});

t.test("shards of one leader's node share a stream and subscribe once it answered", async (t) => {
  const follower = new Follower();
  follower.streams.follow(1, "a");
  follower.streams.follow(2, "a");
  t.equal(follower.dialled.length, 1);
  t.match(follower.line.stream.take(), [{ hello: { nodeId: "c", bootId: "boot", clusterId: "cluster" } }]);
  t.same(follower.shards.takeTypes(), [], "an unanswered stream is not open");
  follower.line.say();
  t.same(follower.shards.takeTypes(), ["1 subscription_opened", "2 subscription_opened"]);
  follower.streams.follow(3, "a");
  t.same(follower.shards.takeTypes(), ["3 subscription_opened"], "a latecomer hears at once");
});

t.test("what the shards say in one turn leaves as one message, the newest ack of each", async (t) => {
  const follower = new Follower();
  follower.streams.follow(1, "a");
  follower.streams.follow(2, "a");
  follower.line.say();
  follower.line.stream.take();
  follower.streams.sendSubscription(1, subscription("a"));
  follower.streams.sendAck(2, ack("a", 4));
  follower.streams.sendAck(2, ack("a", 6));
  t.same(follower.line.stream.take(), []);
  follower.time.endTurn();
  const sent = follower.line.stream.take();
  t.equal(sent.length, 1);
  t.match(sent[0], { subscriptions: [{ shardId: 1 }], acks: [{ shardId: 2, durableLsn: 6n }] });
  t.equal(sent[0].acks.length, 1);
});

t.test("frames reach their shard verified, heartbeats without any", async (t) => {
  const follower = new Follower();
  follower.streams.follow(1, "a");
  const frames = new FrameChain().take(2);
  follower.line.say({
    batches: [
      batch(
        1,
        frames.map((frame) => frame.bytes),
      ),
      batch(2),
    ],
  });
  follower.line.say({ batches: [batch(1)] });
  t.match(follower.shards.take(), [
    [1, { type: "subscription_opened" }],
    [
      1,
      {
        type: "frames_received",
        leader: "a",
        generation: 1,
        nonce: 1,
        sentMs: 5,
        frames: [{ firstLsn: 1 }, { firstLsn: 2 }],
      },
    ],
    [1, { type: "frames_received", frames: [] }],
  ]);
});

t.test("malformed frames end the stream, are counted, and the leader is dialled again", async (t) => {
  const follower = new Follower();
  follower.streams.follow(1, "a");
  const broken = Uint8Array.from(new FrameChain().next().bytes);
  broken[200] ^= 1;
  follower.line.say({ batches: [batch(1, [broken])] });
  t.same(follower.faults, ["payload-crc"]);
  t.ok(follower.line.isClosed);
  t.same(follower.shards.takeTypes(), ["1 subscription_opened", "1 subscription_closed"]);
  follower.pass(200);
  t.equal(follower.dialled.length, 2);
});

t.test("a malformed answer ends the stream as well", async (t) => {
  const follower = new Follower();
  follower.streams.follow(1, "a");
  follower.line.say({ answers: [{ shardId: 1, nonce: 1n }] });
  t.equal(follower.faults.length, 1);
  t.ok(follower.line.isClosed);
});

t.test("a verdict reaches the shard that asked", async (t) => {
  const follower = new Follower();
  follower.streams.follow(1, "a");
  const verdict = { case: "snapshotNeeded", value: { firstLsn: 7n } } as const;
  follower.line.say({
    answers: [
      { shardId: 1, nonce: 2n, generation: 3n, verdict },
      { shardId: 2, nonce: 2n, verdict },
    ],
  });
  t.match(follower.shards.take().slice(1), [
    [
      1,
      {
        type: "subscription_answered",
        leader: "a",
        nonce: 2,
        generation: 3,
        verdict: { type: "snapshot_needed", firstLsn: 7 },
      },
    ],
  ]);
});

t.test("a silent leader's node is dialled over a fresh connection", async (t) => {
  const follower = new Follower();
  follower.streams.follow(1, "a");
  follower.line.say();
  follower.pass(1_400);
  t.equal(follower.dialled.length, 1);
  follower.pass(200);
  t.ok(follower.dialled[0].isClosed);
  t.same(follower.shards.takeTypes(), ["1 subscription_opened", "1 subscription_closed"]);
  follower.pass(200);
  t.equal(follower.dialled.length, 2);
  follower.dialled[0].say({ batches: [batch(1)] });
  t.same(follower.shards.takeTypes(), [], "the old connection is not listened to any more");
});

t.test("a node that never answers is given up, with growing pauses", async (t) => {
  const follower = new Follower();
  follower.streams.follow(1, "a");
  follower.pass(20_000);
  t.ok(
    follower.dialled.length >= 4 && follower.dialled.length <= 9,
    `${follower.dialled.length} attempts in 20 s`,
  );
  t.same(follower.shards.takeTypes(), [], "shards never heard of a stream that was not open");
});

t.test("a stream the other side ended is dialled again", async (t) => {
  const follower = new Follower();
  follower.streams.follow(1, "a");
  follower.line.say();
  follower.line.receiver.onClose(new StoreError("SHUTTING_DOWN"));
  t.same(follower.shards.takeTypes(), ["1 subscription_opened", "1 subscription_closed"]);
  follower.pass(200);
  t.equal(follower.dialled.length, 2);
});

t.test("an unknown address is looked up again at every beat", async (t) => {
  const follower = new Follower();
  follower.unknown.add("a");
  follower.streams.follow(1, "a");
  t.equal(follower.dialled.length, 0);
  follower.unknown.clear();
  follower.pass(100);
  t.equal(follower.dialled.length, 1);
});

t.test("a stream nobody follows any more is closed", async (t) => {
  const follower = new Follower();
  follower.streams.follow(1, "a");
  follower.line.say();
  follower.streams.follow(1, "b");
  t.ok(follower.dialled[0].isClosed);
  t.equal(follower.line.leader, "b");
  follower.shards.take();
  follower.line.say({ batches: [batch(1)] });
  t.same(follower.shards.takeTypes(), ["1 subscription_opened", "1 frames_received"]);
  follower.streams.follow(1, "");
  t.ok(follower.dialled[1].isClosed);
  follower.pass(2_000);
  t.equal(follower.dialled.length, 2);
});

t.test("while the disk is behind, frames stay in the network and silence is no fault", async (t) => {
  const follower = new Follower();
  follower.streams.follow(1, "a");
  follower.line.say();
  follower.hasRoom = false;
  follower.line.say({ batches: [batch(1)] });
  t.ok(follower.line.stream.isPaused);
  follower.pass(5_000);
  t.equal(follower.dialled.length, 1);
  follower.hasRoom = true;
  follower.pass(100);
  t.notOk(follower.line.stream.isPaused);
  follower.pass(1_400);
  t.equal(follower.dialled.length, 1, "the silence counts from the resumption");
});

t.test("a follower with nothing to say shows that it lives", async (t) => {
  const follower = new Follower();
  follower.streams.follow(1, "a");
  follower.line.say();
  follower.line.stream.take();
  for (let i = 0; i < 30; i++) {
    follower.pass(100);
    follower.line.say();
  }
  const sent = follower.line.stream.take().length;
  t.ok(sent >= 2 && sent <= 3, `${sent} signs of life in 3 s`);
});

t.test("a node that leaves closes its streams for good", async (t) => {
  const follower = new Follower();
  follower.streams.follow(1, "a");
  follower.line.say();
  follower.streams.close();
  t.ok(follower.line.isClosed);
  follower.pass(5_000);
  t.equal(follower.dialled.length, 1);
});
