import { create } from "@bufbuild/protobuf";
import { assert } from "../common/assert.ts";
import { alignedRows, batchRowCount, type MutationBatch } from "../common/batch/mutation-batch.ts";
import { RESULT_ROW_BYTES, ResultBatch } from "../common/batch/result-batch.ts";
import type { Clock } from "../common/clock.ts";
import { StoreError } from "../common/errors/store-error.ts";
import type { RpcChannel } from "../common/rpc/channel.ts";
import type { ClientStream } from "../common/rpc/client-stream.ts";
import {
  type ReserveStreamRequest,
  ReserveStreamRequestSchema,
  type ReserveStreamResponse,
  ReservationService,
  type ShardSession,
} from "../proto/gen/harborpoint/reservation/v1/reservation_pb.ts";

/** Answer to a batch: one row per mutation, and a session token per shard that recorded one. */
export interface BatchAnswer {
  readonly results: ResultBatch;
  readonly sessions: readonly ShardSession[];
  /** Milliseconds from the moment it was sent. */
  readonly ageMs: number;
}

/**
 * How long a router may take for a batch, as it is told. It answers in time with what it knows, and
 * an approval that comes later than a second is not worth having.
 */
const WIRE_TIMEOUT_MS_MAX = 1_000;

/** A batch without an answer after this long gets none: the router or the way to it is stuck. */
const ANSWER_MS_MAX = 2_500;

/** A connection that is not there after this long is tried afresh. */
const CONNECT_MS_MAX = 2_000;

interface OpenBatch {
  readonly rows: number;
  readonly sentMs: number;
  readonly timer: NodeJS.Timeout;
  resolve(answer: BatchAnswer): void;
  reject(error: StoreError): void;
}

/**
 * One pipelined ReserveStream to one router, opened when there is something to send and again after
 * it broke. Whoever wants to send waits for {@link ready} first, unless {@link canSend} already.
 */
export class BatchStream {
  readonly #channel: RpcChannel;
  readonly #clock: Clock;
  readonly #onTrouble: () => void;
  readonly #open = new Map<bigint, OpenBatch>();
  #stream: ClientStream<ReserveStreamRequest> | undefined;
  /** Resolves when the stream stands, or has drained; undefined when it may be written to. */
  #obstacle: Promise<void> | undefined;
  #nextId = 1n;
  #lastAnswerMs = 0;

  /** @param onTrouble told when the router cannot be reached, does not answer or broke the stream */
  constructor(channel: RpcChannel, clock: Clock, onTrouble: () => void) {
    this.#channel = channel;
    this.#clock = clock;
    this.#onTrouble = onTrouble;
  }

  /** Whether a batch may be sent right now. */
  get canSend(): boolean {
    return this.#stream !== undefined && this.#obstacle === undefined;
  }

  /** Waits until a batch may be sent; rejects with LEADER_UNREACHABLE when there is no connection. */
  async ready(): Promise<void> {
    if (this.#stream === undefined) this.#obstacle ??= this.#connect();
    await this.#obstacle;
  }

  /**
   * Sends one batch, after {@link ready}. Batches go out in the order of the calls. Rejects with
   * COMMIT_OUTCOME_UNKNOWN when no answer comes: the tokens can tell.
   * @param timeoutMs how long the caller will wait
   */
  send(batch: MutationBatch, timeoutMs: number): Promise<BatchAnswer> {
    const stream = this.#stream;
    assert(stream !== undefined, "send before ready");
    const batchId = this.#nextId++;
    const request = create(ReserveStreamRequestSchema, {
      batchId,
      timeoutMs: Math.max(1, Math.floor(Math.min(timeoutMs, WIRE_TIMEOUT_MS_MAX))),
      encoding: { case: "packed", value: { rows: batch.rows, strings: [...batch.strings] } },
    });
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => this.#giveUp(batchId), ANSWER_MS_MAX);
      const sentMs = this.#clock.monotonicMs();
      this.#open.set(batchId, { rows: batchRowCount(batch), sentMs, timer, resolve, reject });
      if (!stream.write(request)) this.#waitForDrain(stream);
    });
  }

  /** Gives the stream up; who waits for an answer is told that it is unknown. */
  close(): void {
    this.#stream?.cancel();
  }

  async #connect(): Promise<void> {
    const startMs = this.#clock.monotonicMs();
    const connected = await this.#channel.ready(CONNECT_MS_MAX);
    this.#obstacle = undefined;
    if (!connected) {
      if (this.#clock.monotonicMs() - startMs >= CONNECT_MS_MAX) this.#channel.rebuild();
      this.#onTrouble();
      throw this.#unreachable();
    }
    this.#stream = this.#channel.bidi(ReservationService.method.reserveStream, {
      onMessage: (response) => this.#answer(response),
      onClose: (error) => this.#closed(error),
    });
  }

  #waitForDrain(stream: ClientStream<ReserveStreamRequest>): void {
    this.#obstacle ??= stream.drained().then(() => {
      this.#obstacle = undefined;
    });
  }

  #answer(response: ReserveStreamResponse): void {
    this.#lastAnswerMs = this.#clock.monotonicMs();
    const open = this.#take(response.batchId);
    if (open === undefined) return;
    const rows = response.encoding.case === "packed" ? alignedRows(response.encoding.value.rows) : undefined;
    if (rows?.byteLength !== open.rows * RESULT_ROW_BYTES) {
      open.reject(unknown("the router's answer does not fit the batch"));
      return;
    }
    const ageMs = this.#lastAnswerMs - open.sentMs;
    open.resolve({ results: new ResultBatch(rows), sessions: response.sessions, ageMs });
  }

  #giveUp(batchId: bigint): void {
    const open = this.#take(batchId);
    if (open === undefined) return;
    open.reject(unknown("the router did not answer in time"));
    if (this.#lastAnswerMs >= open.sentMs) return;
    // Nothing at all came back since: a new connection is the only thing left to try.
    this.#onTrouble();
    this.#stream?.cancel();
    this.#channel.rebuild();
  }

  #closed(error: StoreError | undefined): void {
    this.#stream = undefined;
    this.#onTrouble();
    const lost = [...this.#open.keys()];
    for (const batchId of lost) {
      this.#take(batchId)?.reject(
        unknown(`the stream to the router broke: ${error?.message ?? "it was ended"}`),
      );
    }
  }

  #take(batchId: bigint): OpenBatch | undefined {
    const open = this.#open.get(batchId);
    if (open === undefined) return undefined;
    this.#open.delete(batchId);
    clearTimeout(open.timer);
    return open;
  }

  #unreachable(): StoreError {
    return new StoreError("LEADER_UNREACHABLE", {
      message: `no router answers at ${this.#channel.address}`,
      metadata: { address: this.#channel.address },
    });
  }
}

function unknown(message: string): StoreError {
  return new StoreError("COMMIT_OUTCOME_UNKNOWN", { message });
}
