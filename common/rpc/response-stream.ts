import type { ClientDuplexStream, ClientReadableStream } from "@grpc/grpc-js";
import type { Reason } from "../errors/catalog.ts";
import { storeErrorFromGrpc } from "../errors/grpc-status.ts";
import type { StoreError } from "../errors/store-error.ts";
import { type Codec, decodeAnswer } from "./codec.ts";

/** Receives what a server sends on a stream. Called synchronously, one message at a time. */
export interface ResponseReceiver<T> {
  /** A message arrived. */
  onMessage(message: T): void;
  /** The stream is over: without an error the server ended it. Called exactly once, last. */
  onClose(error: StoreError | undefined): void;
}

/** The client's end of a stream of responses. */
export interface ResponseStream {
  /** Gives the stream up; onClose follows. */
  cancel(): void;
  /** Stops taking messages from the network until {@link resume}; the sender is held up in turn. */
  pause(): void;
  resume(): void;
  /** True when the stream is over. */
  readonly closed: boolean;
}

type GrpcStream = ClientReadableStream<Buffer> | ClientDuplexStream<Buffer, Buffer>;

/** The receiving half of one gRPC stream. Invariant: onClose is called exactly once. */
export class GrpcResponseStream<Out> implements ResponseStream {
  readonly #grpc: GrpcStream;
  readonly #receiver: ResponseReceiver<Out>;
  readonly #codec: Codec<Out>;
  readonly #foreignReason: Reason;
  #closed = false;

  constructor(grpc: GrpcStream, receiver: ResponseReceiver<Out>, codec: Codec<Out>, foreignReason: Reason) {
    this.#grpc = grpc;
    this.#receiver = receiver;
    this.#codec = codec;
    this.#foreignReason = foreignReason;
    grpc.on("data", (bytes: Buffer) => this.#deliver(bytes));
    grpc.on("end", () => this.#close(undefined));
    grpc.on("error", (error: Error) => this.#close(storeErrorFromGrpc(error, foreignReason)));
  }

  get closed(): boolean {
    return this.#closed;
  }

  cancel(): void {
    this.#grpc.cancel();
  }

  pause(): void {
    this.#grpc.pause();
  }

  resume(): void {
    this.#grpc.resume();
  }

  #deliver(bytes: Buffer): void {
    if (this.#closed) return;
    let message: Out;
    try {
      message = decodeAnswer(this.#codec, bytes, this.#foreignReason);
    } catch (error) {
      this.#grpc.cancel();
      this.#close(error as StoreError);
      return;
    }
    this.#receiver.onMessage(message);
  }

  #close(error: StoreError | undefined): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#receiver.onClose(error);
  }
}
