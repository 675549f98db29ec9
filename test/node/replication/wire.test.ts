import t from "tap";
import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import {
  ackMessage,
  answerMessage,
  followerAcked,
  followerAttached,
  subscriptionMessage,
  verdictOf,
} from "../../../node/replication/wire.ts";
import type { SendAck, SendSubscription, SubscriptionVerdict } from "../../../node/shard/events.ts";
import {
  ShardAckSchema,
  SubscriptionAnswerSchema,
  SubscriptionSchema,
} from "../../../proto/gen/harborpoint/replication/v1/replication_pb.ts";
import { storeErrorPattern } from "../../support/store-error-pattern.ts";

const chain = new Uint8Array(32).fill(9);
const subscription: SendSubscription = {
  type: "send_subscription",
  leader: "a",
  nonce: 3,
  incarnation: new Uint8Array(16).fill(1),
  promisedGeneration: 4,
  lastGeneration: 2,
  lastLsn: 2 ** 40,
  lastChain: chain,
  appliedLsn: 17,
};
const ack: SendAck = {
  type: "send_ack",
  leader: "a",
  nonce: 3,
  generation: 4,
  durableLsn: 2 ** 52,
  durableChain: chain,
  appliedLsn: 18,
  echoedSendMs: 1234.5,
};

t.test("a subscription arrives as it was sent", async (t) => {
  const message = fromBinary(
    SubscriptionSchema,
    toBinary(SubscriptionSchema, subscriptionMessage(7, subscription)),
  );
  t.equal(message.shardId, 7);
  const { type: _type, leader: _leader, ...fields } = subscription;
  t.same(followerAttached(message, 11, "c", 99), {
    type: "follower_attached",
    nowMs: 99,
    session: 11,
    nodeId: "c",
    ...fields,
  });
});

t.test("a follower that holds nothing has no incarnation", async (t) => {
  const message = subscriptionMessage(7, { ...subscription, incarnation: undefined });
  t.equal(followerAttached(message, 1, "c", 0).incarnation, undefined);
});

t.test("an acknowledgement arrives as it was sent", async (t) => {
  const message = fromBinary(ShardAckSchema, toBinary(ShardAckSchema, ackMessage(7, ack)));
  t.equal(message.shardId, 7);
  const { type: _type, leader: _leader, ...fields } = ack;
  t.same(followerAcked(message, 11, 99), { type: "follower_acked", nowMs: 99, session: 11, ...fields });
});

t.test("every verdict arrives as it was sent", async (t) => {
  const verdicts: SubscriptionVerdict[] = [
    { type: "truncate", keepLsn: 5, keepChain: chain },
    { type: "snapshot_needed", firstLsn: 6 },
    { type: "refused", reason: 8 },
  ];
  for (const verdict of verdicts) {
    const bytes = toBinary(SubscriptionAnswerSchema, answerMessage(7, 1, 2, verdict));
    t.same(verdictOf(fromBinary(SubscriptionAnswerSchema, bytes)), verdict);
  }
});

t.test("malformed messages are refused with the field", async (t) => {
  const invalid = (field: string) => storeErrorPattern("INVALID_REQUEST", { field });
  const good = subscriptionMessage(7, subscription);
  const attach = (changes: object) => () =>
    followerAttached(Object.assign(structuredClone(good), changes), 1, "c", 0);
  t.throws(attach({ lastLsn: 2n ** 53n }), invalid("subscriptions.last_lsn"));
  t.throws(attach({ nonce: 2n ** 63n }), invalid("subscriptions.nonce"));
  t.throws(attach({ incarnation: new Uint8Array(3) }), invalid("subscriptions.incarnation"));
  t.throws(attach({ lastChain: new Uint8Array(31) }), invalid("subscriptions.last_chain"));
  const acked = (changes: object) => () =>
    followerAcked(Object.assign(structuredClone(ackMessage(7, ack)), changes), 1, 0);
  t.throws(acked({ durableLsn: 2n ** 53n }), invalid("acks.durable_lsn"));
  t.throws(acked({ durableChain: new Uint8Array(0) }), invalid("acks.durable_chain"));
  t.throws(() => verdictOf(create(SubscriptionAnswerSchema)), invalid("answers.verdict"));
});
