import type { ServerStream, StreamReceiver } from "../../common/rpc/handlers.ts";
import type { Clock } from "../../common/clock.ts";
import { reasonNumber } from "../../common/errors/reason.ts";
import { invalidRequest, StoreError } from "../../common/errors/store-error.ts";
import type { Log } from "../../common/log/log.ts";
import type {
  FollowerHello,
  ReplicateRequest,
  ReplicateResponse,
  Subscription,
} from "../../proto/gen/harborpoint/replication/v1/replication_pb.ts";
import type { SendAnswer, SendFrames } from "../shard/events.ts";
import { Outbox } from "./outbox.ts";
import type { EndOfTurn, ShardEvents } from "./shard-events.ts";
import { SilenceWatch } from "./silence-watch.ts";
import { answerMessage, followerAcked, followerAttached } from "./wire.ts";

/** A follower acknowledges every heartbeat; one that is silent this long is cut off, milliseconds. */
const FOLLOWER_SILENCE_MS_MAX = 5_000;

/** What a node's replication streams share. */
export type FollowerEnvironment = {
  readonly nodeId: string;
  readonly clusterId: string;
  readonly clock: Clock;
  readonly shards: ShardEvents;
  readonly endOfTurn: EndOfTurn;
  readonly log: Log;
};

/**
 * One follower node's stream as the leaders' node serves it: subscriptions and acknowledgements of
 * many shards come in, frames and heartbeats go out. What the shards send in one event-loop turn
 * goes as one message, cut at {@link MESSAGE_FRAME_BYTES_MAX}; while the network is slow it waits in
 * the outbox, whose size the engines bound.
 */
export class FollowerStream implements StreamReceiver<ReplicateRequest> {
  readonly #session: number;
  readonly #stream: ServerStream<ReplicateResponse>;
  readonly #environment: FollowerEnvironment;
  readonly #onClose: () => void;
  readonly #attached = new Set<number>();
  readonly #outbox = new Outbox();
  #nodeId = "";
  readonly #silence = new SilenceWatch(FOLLOWER_SILENCE_MS_MAX);
  #hasWritten = false;
  #flushPlanned = false;
  #congested = false;

  constructor(
    session: number,
    stream: ServerStream<ReplicateResponse>,
    environment: FollowerEnvironment,
    onClose: () => void,
  ) {
    this.#session = session;
    this.#stream = stream;
    this.#environment = environment;
    this.#onClose = onClose;
    this.#silence.heard(environment.clock.monotonicMs());
  }

  onMessage(request: ReplicateRequest): void {
    const { clock, shards } = this.#environment;
    const nowMs = clock.monotonicMs();
    this.#silence.heard(nowMs);
    if (this.#nodeId === "") this.#greet(request.hello);
    for (const ack of request.acks) {
      if (this.#attached.has(ack.shardId)) {
        shards.deliver(ack.shardId, followerAcked(ack, this.#session, nowMs));
      }
    }
    for (const subscription of request.subscriptions) this.#attach(subscription, nowMs);
  }

  onEnd(): void {
    this.#stream.end();
  }

  onClose(): void {
    for (const shardId of this.#attached) {
      this.#environment.shards.deliver(shardId, { type: "follower_detached", session: this.#session });
    }
    this.#onClose();
  }

  /** Sends frames or a heartbeat of a shard at the end of this turn. */
  sendFrames(shardId: number, command: SendFrames, sentMs: number): void {
    this.#outbox.add(shardId, command, sentMs);
    this.#planFlush();
  }

  /** Sends the answer to a subscription at the end of this turn. */
  sendAnswer(shardId: number, command: SendAnswer): void {
    this.#outbox.addAnswer(answerMessage(shardId, command.nonce, command.generation, command.verdict));
    this.#planFlush();
  }

  /** Shows the follower that this node lives when no shard had anything to say; ends a dead stream. */
  beat(nowMs: number): void {
    if (this.#silence.isTooLong(nowMs)) {
      this.end(
        new StoreError("LEADER_UNREACHABLE", { message: "the follower has been silent for too long" }),
      );
      return;
    }
    const isQuiet = !this.#hasWritten && !this.#flushPlanned && !this.#congested;
    if (isQuiet && this.#nodeId !== "") this.#writeMessage();
    this.#hasWritten = false;
  }

  /** Ends the stream; the follower dials again. */
  end(error: StoreError): void {
    this.#stream.end(error);
  }

  #greet(hello: FollowerHello | undefined): void {
    const { nodeId, clusterId, log } = this.#environment;
    if (hello === undefined) throw invalidRequest("hello", "must come with the first message");
    if (hello.clusterId !== clusterId) throw invalidRequest("hello.cluster_id", "names another cluster");
    if (hello.nodeId === "" || hello.nodeId === nodeId) {
      throw invalidRequest("hello.node_id", "must name another node");
    }
    this.#nodeId = hello.nodeId;
    log.info("follower_connected", { follower: hello.nodeId, followerBootId: hello.bootId });
    // The follower counts on a first answer before it subscribes.
    this.#writeMessage();
  }

  #attach(subscription: Subscription, nowMs: number): void {
    const { shardId } = subscription;
    const event = followerAttached(subscription, this.#session, this.#nodeId, nowMs);
    this.#attached.add(shardId);
    if (this.#environment.shards.deliver(shardId, event)) return;
    this.#attached.delete(shardId);
    const refused = { type: "refused", reason: reasonNumber("NOT_LEADER") } as const;
    this.#outbox.addAnswer(answerMessage(shardId, event.nonce, 0, refused));
    this.#planFlush();
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
    while (!this.#congested && !this.#outbox.isEmpty && !this.#stream.closed) this.#writeMessage();
  }

  #writeMessage(): void {
    this.#hasWritten = true;
    if (this.#stream.write(this.#outbox.takeMessage()) || this.#stream.closed) return;
    this.#congested = true;
    void this.#stream.drained().then(() => {
      this.#congested = false;
      this.#flush();
    });
  }
}
