import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { invalidRequest } from "../../common/errors/store-error.ts";
import {
  type ShardAck,
  ShardAckSchema,
  type Subscription,
  type SubscriptionAnswer,
  SubscriptionAnswerSchema,
  SubscriptionSchema,
} from "../../proto/gen/harborpoint/replication/v1/replication_pb.ts";
import type { ErrorReason } from "../../proto/gen/harborpoint/types/v1/types_pb.ts";
import { CHAIN_BYTES } from "../shard/checksums.ts";
import type {
  FollowerAcked,
  FollowerAttached,
  SendAck,
  SendSubscription,
  SubscriptionVerdict,
} from "../shard/events.ts";

const INCARNATION_BYTES = 16;

/** A subscription as the event it is for the leader's engine. Throws INVALID_REQUEST. */
export function followerAttached(
  subscription: Subscription,
  session: number,
  nodeId: string,
  nowMs: number,
): FollowerAttached {
  const { incarnation } = subscription;
  if (incarnation.byteLength !== 0 && incarnation.byteLength !== INCARNATION_BYTES) {
    throw invalidRequest("subscriptions.incarnation", "must have 0 or 16 bytes");
  }
  return {
    type: "follower_attached",
    nowMs,
    session,
    nodeId,
    nonce: safeInteger(subscription.nonce, "subscriptions.nonce"),
    incarnation: incarnation.byteLength === 0 ? undefined : Uint8Array.from(incarnation),
    promisedGeneration: safeInteger(subscription.promisedGeneration, "subscriptions.promised_generation"),
    lastGeneration: safeInteger(subscription.lastGeneration, "subscriptions.last_generation"),
    lastLsn: safeInteger(subscription.lastLsn, "subscriptions.last_lsn"),
    lastChain: chainOf(subscription.lastChain, "subscriptions.last_chain"),
    appliedLsn: safeInteger(subscription.appliedLsn, "subscriptions.applied_lsn"),
  };
}

/** An acknowledgement as the event it is for the leader's engine. Throws INVALID_REQUEST. */
export function followerAcked(ack: ShardAck, session: number, nowMs: number): FollowerAcked {
  return {
    type: "follower_acked",
    nowMs,
    session,
    nonce: safeInteger(ack.nonce, "acks.nonce"),
    generation: safeInteger(ack.generation, "acks.generation"),
    durableLsn: safeInteger(ack.durableLsn, "acks.durable_lsn"),
    durableChain: chainOf(ack.durableChain, "acks.durable_chain"),
    appliedLsn: safeInteger(ack.appliedLsn, "acks.applied_lsn"),
    echoedSendMs: ack.echoedSendMs,
  };
}

/** A subscription as the follower sends it. */
export function subscriptionMessage(shardId: number, command: SendSubscription): Subscription {
  return create(SubscriptionSchema, {
    shardId,
    nonce: BigInt(command.nonce),
    incarnation: command.incarnation ?? new Uint8Array(0),
    promisedGeneration: BigInt(command.promisedGeneration),
    lastGeneration: BigInt(command.lastGeneration),
    lastLsn: BigInt(command.lastLsn),
    lastChain: command.lastChain,
    appliedLsn: BigInt(command.appliedLsn),
  });
}

/** An acknowledgement as the follower sends it. */
export function ackMessage(shardId: number, command: SendAck): ShardAck {
  return create(ShardAckSchema, {
    shardId,
    generation: BigInt(command.generation),
    nonce: BigInt(command.nonce),
    durableLsn: BigInt(command.durableLsn),
    durableChain: command.durableChain,
    appliedLsn: BigInt(command.appliedLsn),
    echoedSendMs: command.echoedSendMs,
  });
}

/** The answer to a subscription as the leader's node sends it. */
export function answerMessage(
  shardId: number,
  nonce: number,
  generation: number,
  verdict: SubscriptionVerdict,
): SubscriptionAnswer {
  return create(SubscriptionAnswerSchema, {
    shardId,
    nonce: BigInt(nonce),
    generation: BigInt(generation),
    verdict: verdictMessage(verdict),
  });
}

/** The verdict of an answer. Throws INVALID_REQUEST. */
export function verdictOf(answer: SubscriptionAnswer): SubscriptionVerdict {
  const { verdict } = answer;
  switch (verdict.case) {
    case "truncate":
      return {
        type: "truncate",
        keepLsn: safeInteger(verdict.value.keepLsn, "answers.truncate.keep_lsn"),
        keepChain: chainOf(verdict.value.keepChain, "answers.truncate.keep_chain"),
      };
    case "snapshotNeeded":
      return {
        type: "snapshot_needed",
        firstLsn: safeInteger(verdict.value.firstLsn, "answers.snapshot_needed.first_lsn"),
      };
    case "refused":
      return { type: "refused", reason: verdict.value.reason };
    case undefined:
      throw invalidRequest("answers.verdict", "is missing");
  }
}

/** A 64-bit integer of the wire as a number. Throws INVALID_REQUEST above 2^53 − 1. */
export function safeInteger(value: bigint, field: string): number {
  if (value > BigInt(Number.MAX_SAFE_INTEGER)) throw invalidRequest(field, "must be at most 2^53 - 1");
  return Number(value);
}

function verdictMessage(
  verdict: SubscriptionVerdict,
): MessageInitShape<typeof SubscriptionAnswerSchema>["verdict"] {
  switch (verdict.type) {
    case "truncate":
      return {
        case: "truncate",
        value: { keepLsn: BigInt(verdict.keepLsn), keepChain: verdict.keepChain },
      };
    case "snapshot_needed":
      return { case: "snapshotNeeded", value: { firstLsn: BigInt(verdict.firstLsn) } };
    case "refused":
      return { case: "refused", value: { reason: verdict.reason as ErrorReason } };
  }
}

function chainOf(bytes: Uint8Array, field: string): Uint8Array {
  if (bytes.byteLength !== CHAIN_BYTES) throw invalidRequest(field, "must have 32 bytes");
  return Uint8Array.from(bytes);
}
