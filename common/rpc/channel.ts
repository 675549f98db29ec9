import type {
  DescMessage,
  DescMethod,
  DescMethodBiDiStreaming,
  DescMethodServerStreaming,
  DescMethodUnary,
  MessageShape,
} from "@bufbuild/protobuf";
import { Client, connectivityState, credentials, Metadata } from "@grpc/grpc-js";
import { type Clock, systemClock } from "../clock.ts";
import type { Reason } from "../errors/catalog.ts";
import { storeErrorFromGrpc } from "../errors/grpc-status.ts";
import { StoreError } from "../errors/store-error.ts";
import {
  grpcChannelOptions,
  type ResolvedChannelOptions,
  type RpcChannelOptions,
  resolveChannelOptions,
} from "./channel-options.ts";
import { type ClientStream, GrpcClientStream } from "./client-stream.ts";
import { asBuffer, decodeAnswer, protobufCodec } from "./codec.ts";
import type { MethodCodecs } from "./handlers.ts";
import { GrpcResponseStream, type ResponseReceiver, type ResponseStream } from "./response-stream.ts";
import { silenceLibraryLog } from "./library-log.ts";
import { methodPath, rawBytes } from "./service-definition.ts";

/** What any call may say besides its messages. */
interface CallOptions {
  /** Request headers. */
  readonly metadata?: Readonly<Record<string, string>>;
  /** Reason to assume when a failure does not carry one; COMMIT_OUTCOME_UNKNOWN by default. */
  readonly foreignReason?: Reason;
}

/** What a stream may say besides its messages. */
export interface StreamOptions<In, Out> extends CallOptions {
  /** Codecs that replace the protobuf ones. */
  readonly codecs?: MethodCodecs<In, Out>;
}

/** What a single call may say besides its request. */
export interface UnaryOptions extends CallOptions {
  /** Milliseconds to wait for the answer, from now, the time to connect included. */
  readonly deadlineMs: number;
  /** Gives the call up when aborted. */
  readonly signal?: AbortSignal;
}

const DEFAULT_FOREIGN_REASON: Reason = "COMMIT_OUTCOME_UNKNOWN";

/**
 * A way to one address. It connects and reconnects by itself and never lets a call hang: a single
 * call has a deadline, a stream is watched by its owner. Every failure is a StoreError; one that
 * never left this process has the channel's `unreachableReason`.
 */
export class RpcChannel {
  readonly address: string;
  readonly #options: ResolvedChannelOptions;
  readonly #clock: Clock;
  #client: Client;
  #builtMonotonicMs: number;
  /** The library would revive a closed client that is asked for its state. */
  #closed = false;

  constructor(address: string, options: RpcChannelOptions = {}, clock: Clock = systemClock) {
    silenceLibraryLog();
    this.address = address;
    this.#options = resolveChannelOptions(options);
    this.#clock = clock;
    this.#client = this.#newClient();
    this.#builtMonotonicMs = clock.monotonicMs();
  }

  /** Whether a connection stands now; starts connecting when none does. */
  isReady(): boolean {
    return !this.#closed && this.#client.getChannel().getConnectivityState(true) === connectivityState.READY;
  }

  /**
   * Waits for a connection.
   * @returns false as soon as an attempt failed, or when the time is up
   */
  async ready(timeoutMs: number): Promise<boolean> {
    const deadlineWallMs = Date.now() + timeoutMs;
    while (!this.#closed) {
      const channel = this.#client.getChannel();
      const state = channel.getConnectivityState(true);
      if (state === connectivityState.READY) return true;
      if (state === connectivityState.TRANSIENT_FAILURE || state === connectivityState.SHUTDOWN) return false;
      const { promise, resolve } = Promise.withResolvers<boolean>();
      channel.watchConnectivityState(state, deadlineWallMs, (error) => resolve(error === undefined));
      if (!(await promise)) return false;
    }
    return false;
  }

  /** Makes one call. Rejects with a StoreError when there is no answer within the deadline. */
  async unary<In extends DescMessage, Out extends DescMessage>(
    method: DescMethodUnary<In, Out>,
    request: MessageShape<In>,
    options: UnaryOptions,
  ): Promise<MessageShape<Out>> {
    const startMs = this.#clock.monotonicMs();
    if (!this.isReady() && !(await this.ready(options.deadlineMs))) throw this.#unreachable();
    const remainingMs = options.deadlineMs - (this.#clock.monotonicMs() - startMs);
    const bytes = asBuffer(protobufCodec(method.input).encode(request));
    const answer = await this.#roundTrip(method, bytes, remainingMs, options);
    return decodeAnswer(
      protobufCodec(method.output),
      answer,
      options.foreignReason ?? DEFAULT_FOREIGN_REASON,
    );
  }

  /** Asks once and receives many messages. Throws when the channel is closed. */
  serverStream<In extends DescMessage, Out extends DescMessage>(
    method: DescMethodServerStreaming<In, Out>,
    request: MessageShape<In>,
    receiver: ResponseReceiver<MessageShape<Out>>,
    options: StreamOptions<MessageShape<In>, MessageShape<Out>> = {},
  ): ResponseStream {
    if (this.#closed) throw this.#unreachable();
    const codecs = codecsOf(method, options.codecs);
    const grpc = this.#client.makeServerStreamRequest(
      methodPath(method),
      rawBytes,
      rawBytes,
      asBuffer(codecs.request.encode(request)),
      headers(options.metadata),
    );
    const foreignReason = options.foreignReason ?? DEFAULT_FOREIGN_REASON;
    return new GrpcResponseStream(grpc, receiver, codecs.response, foreignReason);
  }

  /** Opens a stream in both directions. Throws when the channel is closed. */
  bidi<In extends DescMessage, Out extends DescMessage>(
    method: DescMethodBiDiStreaming<In, Out>,
    receiver: ResponseReceiver<MessageShape<Out>>,
    options: StreamOptions<MessageShape<In>, MessageShape<Out>> = {},
  ): ClientStream<MessageShape<In>> {
    if (this.#closed) throw this.#unreachable();
    const grpc = this.#client.makeBidiStreamRequest(
      methodPath(method),
      rawBytes,
      rawBytes,
      headers(options.metadata),
    );
    const codecs = codecsOf(method, options.codecs);
    const foreignReason = options.foreignReason ?? DEFAULT_FOREIGN_REASON;
    return new GrpcClientStream(grpc, receiver, codecs, foreignReason, this.#options.sinkLimits);
  }

  /** Drops the connection attempt or connection for new calls and starts afresh; open calls go on. */
  rebuild(): void {
    if (this.#closed) return;
    const old = this.#client;
    this.#client = this.#newClient();
    this.#builtMonotonicMs = this.#clock.monotonicMs();
    old.close();
  }

  /** Takes no more calls; those in progress end by themselves or at their deadline. */
  close(): void {
    this.#closed = true;
    this.#client.close();
  }

  #newClient(): Client {
    return new Client(this.address, credentials.createInsecure(), grpcChannelOptions(this.#options));
  }

  /**
   * A stopped peer accepts TCP and never speaks HTTP/2, and the library then waits for ever. So an
   * attempt that made a call run out of time is given up once it is old enough.
   */
  #unreachable(): StoreError {
    const attemptMs = this.#clock.monotonicMs() - this.#builtMonotonicMs;
    const state = this.#client.getChannel().getConnectivityState(false);
    if (state === connectivityState.CONNECTING && attemptMs >= this.#options.connectTimeoutMs) this.rebuild();
    return new StoreError(this.#options.unreachableReason, {
      message: `no connection to ${this.address}`,
      metadata: { address: this.address },
    });
  }

  #roundTrip(
    method: DescMethod,
    request: Buffer,
    deadlineMs: number,
    options: UnaryOptions,
  ): Promise<Buffer> {
    return new Promise((resolve, reject) => {
      const cancel = (): void => call.cancel();
      const call = this.#client.makeUnaryRequest<Buffer, Buffer>(
        methodPath(method),
        rawBytes,
        rawBytes,
        request,
        headers(options.metadata),
        { deadline: Date.now() + deadlineMs },
        (error, response) => {
          options.signal?.removeEventListener("abort", cancel);
          if (response === undefined) reject(storeErrorFromGrpc(error, options.foreignReason));
          else resolve(response);
        },
      );
      if (options.signal?.aborted) cancel();
      else options.signal?.addEventListener("abort", cancel, { once: true });
    });
  }
}

function codecsOf<In extends DescMessage, Out extends DescMessage>(
  method: { readonly input: In; readonly output: Out },
  codecs: MethodCodecs<MessageShape<In>, MessageShape<Out>> | undefined,
): Required<MethodCodecs<MessageShape<In>, MessageShape<Out>>> {
  return {
    request: codecs?.request ?? protobufCodec(method.input),
    response: codecs?.response ?? protobufCodec(method.output),
  };
}

function headers(metadata: Readonly<Record<string, string>> | undefined): Metadata {
  const grpcHeaders = new Metadata();
  for (const [name, value] of Object.entries(metadata ?? {})) grpcHeaders.set(name, value);
  return grpcHeaders;
}
