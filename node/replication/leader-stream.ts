import { create } from "@bufbuild/protobuf";
import { Backoff } from "../../common/backoff.ts";
import type { Clock } from "../../common/clock.ts";
import { StoreError } from "../../common/errors/store-error.ts";
import type { Log } from "../../common/log/log.ts";
import type { Random } from "../../common/random.ts";
import type { ClientStream } from "../../common/rpc/client-stream.ts";
import type { ResponseReceiver } from "../../common/rpc/response-stream.ts";
import {
  FollowerHelloSchema,
  type ReplicateRequest,
  ReplicateRequestSchema,
  type ReplicateResponse,
  type ShardAck,
  type ShardBatch,
  type Subscription,
  type SubscriptionAnswer,
} from "../../proto/gen/harborpoint/replication/v1/replication_pb.ts";
import type { Checksums } from "../shard/checksums.ts";
import type { SendAck, SendSubscription } from "../shard/events.ts";
import { verifyFrames } from "./frame-verification.ts";
import type { EndOfTurn, ShardEvents } from "./shard-events.ts";
import { SilenceWatch } from "./silence-watch.ts";
import { ackMessage, safeInteger, subscriptionMessage, verdictOf } from "./wire.ts";

/** A leader's node sends something every 250 ms; silent for this long it is dialled afresh, milliseconds. */
const LEADER_SILENCE_MS_MAX = 1_500;

/** Pauses before a lost stream is dialled again. */
const REDIAL_PAUSE = { minMs: 50, maxMs: 2_000 };

/** The leaders' node hears from this one at least this often, milliseconds. */
const QUIET_MS_MAX = 1_000;

/** A stream to a leader's node over a channel of its own. */
export type LeaderConnection = {
  readonly stream: ClientStream<ReplicateRequest>;
  /** Ends the stream and drops its channel. */
  close(): void;
};

/** Opens a stream to a node over a fresh channel; undefined while its address is not known. */
export type DialLeader = (
  nodeId: string,
  receiver: ResponseReceiver<ReplicateResponse>,
) => LeaderConnection | undefined;

/** What a node's streams to leaders share. */
export type LeaderEnvironment = {
  readonly nodeId: string;
  readonly bootId: string;
  readonly clusterId: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly checksums: Checksums;
  readonly shards: ShardEvents;
  readonly dial: DialLeader;
  readonly endOfTurn: EndOfTurn;
  /** False while this node's disk is so far behind that no more frames of a shard may be taken. */
  readonly hasRoom: (shardId: number) => boolean;
  readonly log: Log;
  /** Counts messages of a leader's node that were not what they must be. */
  readonly countMalformed: (fault: string) => void;
};

/**
 * This node's one stream to the node of some leaders, for all shards it follows there: dialled
 * again with growing pauses, over a fresh channel each time, and given up when it falls silent.
 *
 * Invariant: a shard hears subscription_opened and subscription_closed in turns.
 */
export class LeaderStream {
  readonly #leader: string;
  readonly #environment: LeaderEnvironment;
  readonly #backoff: Backoff;
  readonly #shards = new Set<number>();
  #connection: LeaderConnection | undefined;
  /** True once the leader's node answered on the connection. */
  #isOpen = false;
  readonly #silence = new SilenceWatch(LEADER_SILENCE_MS_MAX);
  #dialAtMs = 0;
  #subscriptions: Subscription[] = [];
  /** Newest acknowledgement of each shard in this turn. */
  readonly #acks = new Map<number, ShardAck>();
  #flushPlanned = false;
  #wroteMs = 0;
  /** Shard without room for more frames; reading is paused until it has some. */
  #fullShardId: number | undefined;

  constructor(leader: string, environment: LeaderEnvironment) {
    this.#leader = leader;
    this.#environment = environment;
    this.#backoff = new Backoff(REDIAL_PAUSE, environment.random);
  }

  /** Number of shards that follow a leader on the node. */
  get shardCount(): number {
    return this.#shards.size;
  }

  /** A shard follows a leader on the node from here on. */
  follow(shardId: number): void {
    this.#shards.add(shardId);
    if (this.#isOpen) this.#deliverOpened(shardId);
  }

  /** A shard no longer follows a leader on the node. */
  unfollow(shardId: number): void {
    this.#shards.delete(shardId);
    this.#acks.delete(shardId);
  }

  sendSubscription(shardId: number, command: SendSubscription): void {
    this.#subscriptions.push(subscriptionMessage(shardId, command));
    this.#planFlush();
  }

  sendAck(shardId: number, command: SendAck): void {
    this.#acks.set(shardId, ackMessage(shardId, command));
    this.#planFlush();
  }

  /** Dials when it is time, gives a silent connection up, and shows that this node lives. */
  beat(): void {
    const nowMs = this.#environment.clock.monotonicMs();
    if (this.#connection === undefined) {
      if (nowMs >= this.#dialAtMs) this.#dial(nowMs);
      return;
    }
    if (this.#fullShardId !== undefined) this.#resumeReading(this.#connection, nowMs);
    else if (this.#silence.isTooLong(nowMs)) return this.#giveUp("silent");
    if (this.#isOpen && nowMs - this.#wroteMs > QUIET_MS_MAX) this.#write([], []);
  }

  /** Ends the stream for good. */
  close(): void {
    this.#shards.clear();
    this.#connection?.close();
    this.#connection = undefined;
    this.#isOpen = false;
  }

  #dial(nowMs: number): void {
    const { dial, nodeId, bootId, clusterId } = this.#environment;
    const connection = dial(this.#leader, {
      onMessage: (message) => {
        if (this.#connection === connection) this.#receive(message);
      },
      onClose: (error) => {
        if (this.#connection === connection) this.#giveUp("ended", error?.message);
      },
    });
    if (connection === undefined) return;
    this.#connection = connection;
    this.#silence.heard(nowMs);
    const hello = create(FollowerHelloSchema, { nodeId, bootId, clusterId });
    connection.stream.write(create(ReplicateRequestSchema, { hello }));
  }

  #receive(message: ReplicateResponse): void {
    this.#silence.heard(this.#environment.clock.monotonicMs());
    if (!this.#isOpen) this.#open();
    try {
      for (const batch of message.batches) {
        const fault = this.#receiveBatch(batch);
        if (fault === undefined) continue;
        this.#giveUpMalformed(fault);
        return;
      }
      for (const answer of message.answers) this.#receiveAnswer(answer);
    } catch (error) {
      if (!(error instanceof StoreError)) throw error;
      this.#giveUpMalformed(error.message);
    }
  }

  /** Leaves frames in the network while the disk is behind; the leader's window stops it in turn. */
  #pauseReading(shardId: number): void {
    this.#fullShardId = shardId;
    this.#connection?.stream.pause();
  }

  #resumeReading(connection: LeaderConnection, nowMs: number): void {
    if (this.#fullShardId === undefined || !this.#environment.hasRoom(this.#fullShardId)) return;
    this.#fullShardId = undefined;
    this.#silence.heard(nowMs);
    connection.stream.resume();
  }

  #open(): void {
    this.#isOpen = true;
    this.#backoff.reset();
    this.#environment.log.info("leader_connected", { leader: this.#leader });
    for (const shardId of this.#shards) this.#deliverOpened(shardId);
  }

  #receiveBatch(batch: ShardBatch): string | undefined {
    if (!this.#shards.has(batch.shardId)) return undefined;
    const frames = verifyFrames(batch.frames, this.#environment.checksums);
    if (typeof frames === "string") return frames;
    this.#environment.shards.deliver(batch.shardId, {
      type: "frames_received",
      nowMs: this.#environment.clock.monotonicMs(),
      leader: this.#leader,
      generation: safeInteger(batch.generation, "batches.generation"),
      nonce: safeInteger(batch.nonce, "batches.nonce"),
      frames,
      commitLsn: safeInteger(batch.commitLsn, "batches.commit_lsn"),
      sentMs: batch.sentMs,
    });
    if (!this.#environment.hasRoom(batch.shardId)) this.#pauseReading(batch.shardId);
    return undefined;
  }

  #receiveAnswer(answer: SubscriptionAnswer): void {
    if (!this.#shards.has(answer.shardId)) return;
    const verdict = verdictOf(answer);
    const { log, shards } = this.#environment;
    // A refused subscription is repeated until the leader is ready: no news.
    if (verdict.type !== "refused") {
      log.warn("subscription_answered", { leader: this.#leader, shardId: answer.shardId, verdict });
    }
    shards.deliver(answer.shardId, {
      type: "subscription_answered",
      leader: this.#leader,
      nonce: safeInteger(answer.nonce, "answers.nonce"),
      generation: safeInteger(answer.generation, "answers.generation"),
      verdict,
    });
  }

  #deliverOpened(shardId: number): void {
    this.#environment.shards.deliver(shardId, { type: "subscription_opened", leader: this.#leader });
  }

  #giveUpMalformed(fault: string): void {
    this.#environment.countMalformed(fault);
    this.#giveUp("malformed", fault);
  }

  #giveUp(cause: "silent" | "ended" | "malformed", problem?: string): void {
    const { clock, log, shards } = this.#environment;
    const wasOpen = this.#isOpen;
    const connection = this.#connection;
    this.#connection = undefined;
    this.#isOpen = false;
    this.#fullShardId = undefined;
    this.#subscriptions = [];
    this.#acks.clear();
    connection?.close();
    const pauseMs = this.#backoff.nextMs();
    this.#dialAtMs = clock.monotonicMs() + pauseMs;
    log.warn("leader_stream_lost", { leader: this.#leader, cause, problem, pauseMs: Math.round(pauseMs) });
    if (!wasOpen) return;
    for (const shardId of this.#shards) {
      shards.deliver(shardId, { type: "subscription_closed", leader: this.#leader });
    }
  }

  #planFlush(): void {
    if (this.#flushPlanned) return;
    this.#flushPlanned = true;
    this.#environment.endOfTurn(() => {
      this.#flushPlanned = false;
      this.#flush();
    });
  }

  #flush(): void {
    const subscriptions = this.#subscriptions;
    const acks = [...this.#acks.values()];
    this.#subscriptions = [];
    this.#acks.clear();
    if (subscriptions.length + acks.length > 0) this.#write(subscriptions, acks);
  }

  #write(subscriptions: Subscription[], acks: ShardAck[]): void {
    this.#wroteMs = this.#environment.clock.monotonicMs();
    this.#connection?.stream.write(create(ReplicateRequestSchema, { subscriptions, acks }));
  }
}
