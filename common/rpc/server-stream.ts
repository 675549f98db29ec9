import type { ServerDuplexStream, ServerWritableStream } from "@grpc/grpc-js";
import { StoreError } from "../errors/store-error.ts";
import type { CallContext } from "./call-context.ts";
import type { Codec } from "./codec.ts";
import type { ServerStream } from "./handlers.ts";
import { MessageWriter, type SinkLimits } from "./message-sink.ts";
import type { ServerCall } from "./server-call.ts";
import { serviceErrorFromStatus } from "./service-error.ts";

/** The two kinds of calls of the gRPC library that answer with many messages. */
type GrpcStream = ServerWritableStream<Buffer, Buffer> | ServerDuplexStream<Buffer, Buffer>;

/** The server's end of one gRPC stream. Invariant: the close listener is called exactly once. */
export class GrpcServerStream<Out> implements ServerStream<Out> {
  readonly #grpc: GrpcStream;
  readonly #call: ServerCall;
  readonly #writer: MessageWriter<Out>;
  #closeListener: (() => void) | undefined;

  constructor(grpc: GrpcStream, call: ServerCall, codec: Codec<Out>, limits: SinkLimits) {
    this.#grpc = grpc;
    this.#call = call;
    this.#writer = new MessageWriter(grpc, codec, limits, () => {
      this.end(new StoreError("OVERLOADED", { message: "the receiver of this stream is too slow" }));
    });
    grpc.on("cancelled", () => {
      this.#call.cancel();
      this.#close();
    });
  }

  get context(): CallContext {
    return this.#call.context;
  }

  get outstandingBytes(): number {
    return this.#writer.outstandingBytes;
  }

  get closed(): boolean {
    return this.#writer.closed;
  }

  write(message: Out): boolean {
    return this.#writer.write(message);
  }

  drained(): Promise<void> {
    return this.#writer.drained();
  }

  end(error?: unknown): void {
    const status = error === undefined ? undefined : this.#call.fail(error);
    if (this.closed) return;
    if (status === undefined) {
      this.#call.succeed();
      this.#grpc.end();
    } else {
      this.#grpc.emit("error", serviceErrorFromStatus(status));
    }
    this.#close();
  }

  pause(): void {
    if ("pause" in this.#grpc) this.#grpc.pause();
  }

  resume(): void {
    if ("resume" in this.#grpc) this.#grpc.resume();
  }

  /** Calls the listener when the stream is over, at once if it already is. */
  onClose(listener: () => void): void {
    if (this.closed) listener();
    else this.#closeListener = listener;
  }

  #close(): void {
    if (this.closed) return;
    this.#writer.close();
    this.#closeListener?.();
  }
}
