import t from "tap";
import { seededRandom } from "../../../common/random.ts";
import { RpcChannel } from "../../../common/rpc/channel.ts";
import { FollowerStreams } from "../../../node/replication/follower-streams.ts";
import { LeaderStreams } from "../../../node/replication/leader-streams.ts";
import { systemClock } from "../../../common/clock.ts";
import { nodeChecksums } from "../../../node/wal/checksums.ts";
import { ReplicationService } from "../../../proto/gen/harborpoint/replication/v1/replication_pb.ts";
import { FrameChain } from "../../support/frame-chain.ts";
import { RecordedShards } from "../../support/node/recorded-shards.ts";
import { RecordingLog } from "../../support/recording-log.ts";
import { TestRpcServer } from "../../support/rpc-server.ts";
import { SilentPeer } from "../../support/silent-peer.ts";

/** A leaders' node and a follower's node that talk over real gRPC, with recorded shards at both ends. */
async function connected(t: { teardown(callback: () => unknown): void }) {
  const log = new RecordingLog();
  const leaderShards = new RecordedShards(1, 2);
  const followerShards = new RecordedShards(1, 2);
  const endOfTurn = (task: () => void): void => void setImmediate(task);
  const shared = { clusterId: "cluster", clock: systemClock, endOfTurn, log };
  const followers = new FollowerStreams({ ...shared, nodeId: "a", shards: leaderShards });
  const server = await new TestRpcServer({ messageBytesMax: 16 << 20 })
    .serving(ReplicationService, { replicate: followers.accept })
    .start();
  const wire = new SilentPeer(server.port, false);
  const address = await wire.start();
  const leaders = new LeaderStreams({
    ...shared,
    nodeId: "c",
    bootId: "boot",
    random: seededRandom(1),
    checksums: nodeChecksums,
    shards: followerShards,
    hasRoom: () => true,
    countMalformed: () => {},
    dial: (_leader, receiver) => {
      const channel = new RpcChannel(address);
      const stream = channel.bidi(ReplicationService.method.replicate, receiver);
      const close = (): void => {
        stream.cancel();
        channel.close();
      };
      return { stream, close };
    },
  });
  const beat = setInterval(() => {
    leaders.beat();
    followers.beat();
  }, 50);
  t.teardown(async () => {
    clearInterval(beat);
    leaders.close();
    wire.stop();
    await server.server.stop(100);
  });
  return { leaderShards, followerShards, followers, leaders, wire };
}

const subscription = {
  type: "send_subscription",
  leader: "a",
  nonce: 7,
  incarnation: undefined,
  promisedGeneration: 1,
  lastGeneration: 0,
  lastLsn: 0,
  lastChain: new Uint8Array(32),
  appliedLsn: 0,
} as const;

/** Collects events until there are so many; a generous bound instead of a guess. */
async function heard(shards: RecordedShards, count: number) {
  const events = shards.take();
  for (let i = 0; i < 500 && events.length < count; i++) {
    await new Promise((resolve) => setTimeout(resolve, 20));
    events.push(...shards.take());
  }
  return events;
}

t.test("subscription, frames and acknowledgement travel between two nodes", async (t) => {
  const { leaderShards, followerShards, followers, leaders } = await connected(t);
  leaders.follow(1, "a");
  t.match(await heard(followerShards, 1), [[1, { type: "subscription_opened", leader: "a" }]]);
  leaders.sendSubscription(1, subscription);
  const [[, attached]] = await heard(leaderShards, 1);
  t.match(attached, { type: "follower_attached", nodeId: "c", nonce: 7 });
  const session = attached.type === "follower_attached" ? attached.session : 0;
  const frames = new FrameChain().take(9, 4000); // 3 MB in messages of 1 MiB
  followers.sendFrames(
    1,
    { type: "send_frames", session, nonce: 7, generation: 1, frames, commitLsn: 5 },
    123.5,
  );
  const received: number[] = [];
  for (let message = 0; message < 9 && received.length < frames.length; message++) {
    for (const [, event] of await heard(followerShards, 1)) {
      if (event.type === "frames_received") received.push(...event.frames.map(({ firstLsn }) => firstLsn));
    }
  }
  t.same(
    received,
    frames.map(({ firstLsn }) => firstLsn),
  );
  const { chain: durableChain } = frames[8];
  leaders.sendAck(1, {
    type: "send_ack",
    leader: "a",
    nonce: 7,
    generation: 1,
    durableLsn: 36_000,
    durableChain,
    appliedLsn: 5,
    echoedSendMs: 123.5,
  });
  t.match(await heard(leaderShards, 1), [
    [1, { type: "follower_acked", durableLsn: 36_000, durableChain, echoedSendMs: 123.5 }],
  ]);
});

t.test("a stopped leader's node is noticed, and followed again when it goes on", async (t) => {
  const { followerShards, leaders, wire } = await connected(t);
  leaders.follow(1, "a");
  t.match(await heard(followerShards, 1), [[1, { type: "subscription_opened" }]]);
  wire.freeze();
  t.match(await heard(followerShards, 1), [[1, { type: "subscription_closed" }]]);
  wire.silent = false;
  t.match(await heard(followerShards, 1), [[1, { type: "subscription_opened" }]]);
});
