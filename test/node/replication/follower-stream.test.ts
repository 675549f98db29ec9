import t from "tap";
import { create } from "@bufbuild/protobuf";
import { FollowerStreams } from "../../../node/replication/follower-streams.ts";
import { subscriptionMessage, ackMessage } from "../../../node/replication/wire.ts";
import type { SendFrames } from "../../../node/shard/events.ts";
import {
  type ReplicateRequest,
  ReplicateRequestSchema,
  type ReplicateResponse,
} from "../../../proto/gen/harborpoint/replication/v1/replication_pb.ts";
import { ErrorReason } from "../../../proto/gen/harborpoint/types/v1/types_pb.ts";
import { FrameChain } from "../../support/frame-chain.ts";
import { ManualTime } from "../../support/manual-time.ts";
import { FakeServerStream } from "../../support/node/fake-streams.ts";
import { RecordedShards } from "../../support/node/recorded-shards.ts";
import { RecordingLog } from "../../support/recording-log.ts";
import { storeErrorPattern } from "../../support/store-error-pattern.ts";

const hello = { nodeId: "c", bootId: "boot", clusterId: "cluster" };
const subscribe = (shardId: number, nonce = 1) =>
  subscriptionMessage(shardId, {
    type: "send_subscription",
    leader: "a",
    nonce,
    incarnation: undefined,
    promisedGeneration: 1,
    lastGeneration: 0,
    lastLsn: 0,
    lastChain: new Uint8Array(32),
    appliedLsn: 0,
  });
const acknowledge = (shardId: number) =>
  ackMessage(shardId, {
    type: "send_ack",
    leader: "a",
    nonce: 1,
    generation: 1,
    durableLsn: 4,
    durableChain: new Uint8Array(32),
    appliedLsn: 3,
    echoedSendMs: 5,
  });
const request = (init: object): ReplicateRequest => create(ReplicateRequestSchema, init);
const sendFrames = (session: number, frames = 1): SendFrames => ({
  type: "send_frames",
  session,
  nonce: 1,
  generation: 1,
  frames: new FrameChain().take(frames),
  commitLsn: 0,
});

function opened(...shardIds: number[]) {
  const time = new ManualTime();
  const shards = new RecordedShards(...shardIds);
  const streams = new FollowerStreams({
    nodeId: "a",
    clusterId: "cluster",
    clock: time,
    shards,
    endOfTurn: (task) => time.endOfTurn(task),
    log: new RecordingLog(),
  });
  const stream = new FakeServerStream<ReplicateResponse>();
  const receiver = streams.accept(stream);
  return { time, shards, streams, stream, receiver };
}

t.test("a follower that introduces itself is answered, and its shards hear of it", async (t) => {
  const { shards, stream, receiver } = opened(1, 2);
  receiver.onMessage(request({ hello }));
  t.equal(stream.take().length, 1, "a first message lets the follower subscribe");
  receiver.onMessage(request({ subscriptions: [subscribe(1), subscribe(2)] }));
  receiver.onMessage(request({ acks: [acknowledge(1)] }));
  t.match(shards.take(), [
    [1, { type: "follower_attached", session: 1, nodeId: "c" }],
    [2, { type: "follower_attached", session: 1, nodeId: "c" }],
    [1, { type: "follower_acked", session: 1, durableLsn: 4, echoedSendMs: 5 }],
  ]);
});

t.test("what the shards send in one turn leaves as one message", async (t) => {
  const { time, streams, stream, receiver } = opened(1, 2);
  receiver.onMessage(request({ hello, subscriptions: [subscribe(1), subscribe(2)] }));
  stream.take();
  streams.sendFrames(1, sendFrames(1), 100);
  streams.sendFrames(2, sendFrames(1), 100);
  t.equal(stream.take().length, 0, "not before the turn ends");
  time.endTurn();
  t.match(stream.take(), [{ batches: [{ shardId: 1 }, { shardId: 2 }] }]);
});

t.test("a shard that is not here is refused", async (t) => {
  const { time, stream, receiver } = opened(1);
  receiver.onMessage(request({ hello, subscriptions: [subscribe(9, 4)] }));
  stream.take();
  time.endTurn();
  t.match(stream.take(), [
    {
      answers: [
        { shardId: 9, nonce: 4n, verdict: { case: "refused", value: { reason: ErrorReason.NOT_LEADER } } },
      ],
    },
  ]);
});

t.test("acknowledgements of shards that were not subscribed count for nothing", async (t) => {
  const { shards, receiver } = opened(1);
  receiver.onMessage(request({ hello, acks: [acknowledge(1)] }));
  t.same(shards.take(), []);
});

t.test("strangers are turned away", async (t) => {
  for (const [strange, field] of [
    [undefined, "hello"],
    [{ ...hello, clusterId: "other" }, "hello.cluster_id"],
    [{ ...hello, nodeId: "" }, "hello.node_id"],
    [{ ...hello, nodeId: "a" }, "hello.node_id"],
  ] as const) {
    const { receiver } = opened(1);
    t.throws(
      () => receiver.onMessage(request({ hello: strange, subscriptions: [subscribe(1)] })),
      storeErrorPattern("INVALID_REQUEST", { field }),
    );
  }
});

t.test("the end of a stream detaches its shards, and late commands go nowhere", async (t) => {
  const { time, shards, streams, stream, receiver } = opened(1, 2);
  receiver.onMessage(request({ hello, subscriptions: [subscribe(1), subscribe(2)] }));
  shards.take();
  stream.take();
  receiver.onClose();
  t.same(shards.takeTypes(), ["1 follower_detached", "2 follower_detached"]);
  streams.sendFrames(1, sendFrames(1), 100);
  time.endTurn();
  t.same(stream.take(), []);
});

t.test("sessions of two streams are told apart", async (t) => {
  const { shards, streams, receiver } = opened(1);
  const second = streams.accept(new FakeServerStream<ReplicateResponse>());
  receiver.onMessage(request({ hello, subscriptions: [subscribe(1)] }));
  second.onMessage(request({ hello, subscriptions: [subscribe(1)] }));
  t.match(shards.take(), [
    [1, { session: 1 }],
    [1, { session: 2 }],
  ]);
});

t.test("a slow follower gets the rest when it has caught up", async (t) => {
  const { time, streams, stream, receiver } = opened(1);
  receiver.onMessage(request({ hello, subscriptions: [subscribe(1)] }));
  stream.take();
  stream.isSlow = true;
  streams.sendFrames(1, sendFrames(1), 100);
  time.endTurn();
  streams.sendFrames(1, sendFrames(1), 101);
  time.endTurn();
  streams.beat();
  t.equal(stream.take().length, 1, "one message is on its way, the other waits");
  stream.catchUp();
  await new Promise(setImmediate);
  t.match(stream.take(), [{ batches: [{ shardId: 1, sentMs: 101 }] }]);
});

t.test("a quiet stream shows that the node lives; a silent follower is cut off", async (t) => {
  const { time, streams, stream, receiver } = opened(1);
  streams.beat();
  t.same(stream.take(), [], "nobody has introduced himself yet");
  receiver.onMessage(request({ hello }));
  stream.take();
  streams.beat();
  t.same(stream.take(), [], "something was sent since the beat before");
  streams.beat();
  t.equal(stream.take().length, 1);
  for (let i = 0; i < 21; i++) {
    time.advance(250);
    streams.beat();
  }
  t.match(stream.endError, storeErrorPattern("LEADER_UNREACHABLE"));
});

t.test("a node that leaves ends all streams", async (t) => {
  const { streams, stream } = opened(1);
  streams.close();
  t.match(stream.endError, storeErrorPattern("SHUTTING_DOWN"));
});
