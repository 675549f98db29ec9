import { create } from "@bufbuild/protobuf";
import type { Backoff } from "../../common/backoff.ts";
import { batchRowCount, type MutationBatch, REQUEST_ROW_BYTES } from "../../common/batch/mutation-batch.ts";
import type { Clock } from "../../common/clock.ts";
import type { Log } from "../../common/log/log.ts";
import type { RpcChannel } from "../../common/rpc/channel.ts";
import type { ClientStream } from "../../common/rpc/client-stream.ts";
import {
  PackedMutationsSchema,
  ReservationService,
  type ReserveStreamRequest,
  ReserveStreamRequestSchema,
  type ReserveStreamResponse,
} from "../../proto/gen/harborpoint/reservation/v1/reservation_pb.ts";
import type { PathState } from "../placement/attempt/lane-events.ts";
import { type LinkAnswer, linkAnswer } from "./link-answer.ts";
import { OpenBatches } from "./open-batches.ts";

/** Longest wait for a connection before the node counts as down. */
const CONNECT_MS_MAX = 1_000;
/** A node that owes an answer and gives none at all for this long is dialled anew: a paused one breaks nothing. */
const SILENCE_MS_MAX = 2_000;
/** A node that answers others but owes one this long has forgotten it. */
const FORGOTTEN_MS_MAX = 10_000;

/** What one link may carry without an answer. */
export type LinkLimits = { readonly rowsMax: number; readonly bytesMax: number };

/** Hears what befalls a link. */
export interface LinkListener {
  /** The stream broke: what was sent and not answered never will be. */
  linkLost(link: NodeLink): void;
  /** Somebody was turned away by {@link NodeLink.state}, and the state may have changed since. */
  linkChanged(link: NodeLink): void;
}

/** What a link is made of. */
export type NodeLinkParts = {
  readonly nodeId: string;
  /** Which of the links to this node it is. */
  readonly slot: number;
  readonly channel: RpcChannel;
  /** The router's region. */
  readonly region: string;
  readonly limits: LinkLimits;
  readonly listener: LinkListener;
  readonly clock: Clock;
  readonly backoff: Backoff;
  readonly log: Log;
};

/** Rows for one shard of the node. */
export type LinkRequest = {
  readonly shardId: number;
  readonly generation: number;
  readonly batch: MutationBatch;
  readonly timeoutMs: number;
};

/**
 * One pipelined stream of batches to one node: opened when first asked for, reopened after growing
 * pauses, torn down when the node owes answers and stays silent. Driven by {@link tick}.
 */
export class NodeLink {
  readonly #parts: NodeLinkParts;
  readonly #open = new OpenBatches();
  #stream: ClientStream<ReserveStreamRequest> | undefined;
  #connecting = false;
  /** Whether the last attempt to connect failed. */
  #failed = false;
  /** Whether an answer fell due and nothing was heard since. */
  #stalled = false;
  #reopenAtMs = Number.NEGATIVE_INFINITY;
  #heardMs = Number.NEGATIVE_INFINITY;
  #turnedAway = false;
  #closed = false;

  constructor(parts: NodeLinkParts) {
    this.#parts = parts;
  }

  get nodeId(): string {
    return this.#parts.nodeId;
  }

  get slot(): number {
    return this.#parts.slot;
  }

  /** The connection, for single calls. */
  get channel(): RpcChannel {
    return this.#parts.channel;
  }

  /** Rows sent and not answered. */
  get openRows(): number {
    return this.#open.rows;
  }

  /** Whether so many rows can be sent now. */
  state(rowCount: number): PathState {
    const state = this.#stateNow(rowCount);
    if (state !== "ready") this.#turnedAway = true;
    return state;
  }

  /** Sends rows; {@link state} has just said "ready". @param onAnswer never called once the link was lost */
  send(request: LinkRequest, onAnswer: (answer: LinkAnswer) => void): void {
    const { batch, shardId, generation, timeoutMs } = request;
    const dueMs = this.#parts.clock.monotonicMs() + timeoutMs;
    const batchId = this.#open.add({ rowCount: batchRowCount(batch), dueMs, onAnswer });
    const packed = create(PackedMutationsSchema, { rows: batch.rows, strings: batch.strings as string[] });
    this.#stream?.write(
      create(ReserveStreamRequestSchema, {
        batchId,
        encoding: { case: "packed", value: packed },
        shardId,
        generation: BigInt(generation),
        timeoutMs,
        region: this.#parts.region,
      }),
    );
  }

  /** Called every few milliseconds. */
  tick(nowMs: number): void {
    if (this.#stream === undefined) {
      if (nowMs >= this.#reopenAtMs) this.#connect();
      return;
    }
    const unansweredMs = nowMs - this.#open.earliestDueMs(this.#heardMs);
    const forgottenMs = nowMs - this.#open.earliestDueMs(Number.NEGATIVE_INFINITY);
    this.#stalled = unansweredMs >= 0;
    if (unansweredMs <= SILENCE_MS_MAX && forgottenMs <= FORGOTTEN_MS_MAX) return;
    this.#parts.log.warn("node_silent", { nodeId: this.nodeId, openRows: this.openRows });
    this.#drop();
  }

  /** Ends the stream and the connection. */
  close(): void {
    this.#closed = true;
    this.#stream?.cancel();
    this.#parts.channel.close();
  }

  #stateNow(rowCount: number): PathState {
    if (this.#stream === undefined) {
      return this.#failed ? "down" : "pending";
    }
    if (this.#stalled) return "pending";
    const { rowsMax, bytesMax } = this.#parts.limits;
    const isFull =
      this.#open.rows > 0 &&
      (this.#open.rows + rowCount > rowsMax ||
        this.#stream.outstandingBytes + rowCount * REQUEST_ROW_BYTES > bytesMax);
    return isFull ? "full" : "ready";
  }

  #connect(): void {
    if (this.#connecting || this.#closed) return;
    this.#connecting = true;
    void this.#parts.channel.ready(CONNECT_MS_MAX).then((isReady) => this.#connected(isReady));
  }

  #connected(isReady: boolean): void {
    this.#connecting = false;
    if (this.#closed) return;
    this.#failed = !isReady;
    if (isReady) this.#openStream();
    else this.#pause();
    this.#tellChange();
  }

  #openStream(): void {
    const stream = this.#parts.channel.bidi(ReservationService.method.reserveStream, {
      onMessage: (response) => {
        // A stream that was given up may still deliver what had arrived before.
        if (this.#stream === stream) this.#take(response);
      },
      onClose: (error) => {
        if (this.#stream !== stream) return;
        this.#parts.log.warn("node_stream_lost", { nodeId: this.nodeId, openRows: this.openRows, error });
        this.#lose();
      },
    });
    this.#stream = stream;
    this.#heardMs = this.#parts.clock.monotonicMs();
  }

  #take(response: ReserveStreamResponse): void {
    this.#heardMs = this.#parts.clock.monotonicMs();
    this.#stalled = false;
    this.#parts.backoff.reset();
    const batch = this.#open.take(response.batchId);
    const answer = batch === undefined ? undefined : linkAnswer(response, batch.rowCount);
    if (batch === undefined || answer === undefined) {
      this.#parts.log.error("node_answer_malformed", { nodeId: this.nodeId, known: batch !== undefined });
      this.#drop();
      return;
    }
    batch.onAnswer(answer);
    this.#tellChange();
  }

  /** Gives the stream and its connection up. */
  #drop(): void {
    const stream = this.#stream;
    this.#stream = undefined;
    stream?.cancel();
    this.#lose();
  }

  #lose(): void {
    this.#stream = undefined;
    this.#stalled = false;
    this.#open.clear();
    this.#pause();
    if (!this.#closed) this.#parts.listener.linkLost(this);
  }

  /** Next time on a fresh connection: one that hangs or failed would only be waited for. */
  #pause(): void {
    const { backoff, channel, clock } = this.#parts;
    this.#reopenAtMs = clock.monotonicMs() + backoff.nextMs();
    if (!this.#closed) channel.rebuild();
  }

  #tellChange(): void {
    if (!this.#turnedAway) return;
    this.#turnedAway = false;
    this.#parts.listener.linkChanged(this);
  }
}
