import type { DescMessage, DescMethodUnary, MessageShape } from "@bufbuild/protobuf";
import type { MutationBatch } from "../common/batch/mutation-batch.ts";
import { batchRowCount } from "../common/batch/mutation-batch.ts";
import type { MutationFields } from "../common/batch/mutation-batch.ts";
import type { Clock } from "../common/clock.ts";
import type { Reason } from "../common/errors/catalog.ts";
import { StoreError } from "../common/errors/store-error.ts";
import { RpcChannel } from "../common/rpc/channel.ts";
import type { Answered } from "./answer-age.ts";
import { type BatchAnswer, BatchStream } from "./batch-stream.ts";
import type { ResolvedClientOptions } from "./client-options.ts";
import type { Deadline } from "./deadline.ts";
import { RowCoalescer } from "./row-coalescer.ts";
import { SendWindow } from "./send-window.ts";

/** A router that failed is left alone this long if there is another one, milliseconds. */
const AVOID_MS = 2_000;

/** One router: a connection, and on it one stream for mutations. */
export class RouterEndpoint {
  readonly #clock: Clock;
  readonly #channel: RpcChannel;
  readonly #stream: BatchStream;
  readonly #window: SendWindow;
  readonly #coalescer: RowCoalescer;
  #avoidUntilMs = 0;

  constructor(address: string, options: ResolvedClientOptions) {
    const { clock } = options;
    this.#clock = clock;
    this.#channel = new RpcChannel(address, { unreachableReason: "LEADER_UNREACHABLE" }, clock);
    this.#stream = new BatchStream(this.#channel, clock, () => this.#avoid());
    this.#window = new SendWindow(options, () => this.#coalescer.flushSoon());
    this.#coalescer = new RowCoalescer(this.#stream, this.#window, options.rowsWaitingMax, clock);
  }

  /** Monotonic time before which another router is preferred. */
  get avoidUntilMs(): number {
    return this.#avoidUntilMs;
  }

  /** Sends one mutation along with whatever else leaves in this turn of the event loop. */
  submit(fields: MutationFields, deadline: Deadline): Promise<Answered> {
    return this.#coalescer.submit(fields, deadline);
  }

  /** Sends a prepared batch as it is. */
  async submitBatch(batch: MutationBatch, deadline: Deadline): Promise<BatchAnswer> {
    const rows = batchRowCount(batch);
    await this.#window.enter(rows, deadline);
    try {
      while (!this.#stream.canSend) await this.#stream.ready();
      return await this.#stream.send(batch, deadline.remainingMs());
    } finally {
      this.#window.leave(rows);
    }
  }

  /**
   * Makes one call.
   * @param foreignReason reason of a failure that does not carry one
   */
  async unary<In extends DescMessage, Out extends DescMessage>(
    method: DescMethodUnary<In, Out>,
    request: MessageShape<In>,
    timeoutMs: number,
    foreignReason: Reason,
  ): Promise<MessageShape<Out>> {
    try {
      return await this.#channel.unary(method, request, { deadlineMs: timeoutMs, foreignReason });
    } catch (error) {
      if (error instanceof StoreError && this.#blames(error)) this.#avoid();
      throw error;
    }
  }

  close(): void {
    this.#stream.close();
    this.#channel.close();
  }

  /** Whether the router itself is the trouble, not what it said. */
  #blames(error: StoreError): boolean {
    return error.metadata.grpcCode === "DEADLINE_EXCEEDED" || !this.#channel.isReady();
  }

  #avoid(): void {
    this.#avoidUntilMs = this.#clock.monotonicMs() + AVOID_MS;
  }
}
