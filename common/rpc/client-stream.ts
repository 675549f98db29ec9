import type { ClientDuplexStream } from "@grpc/grpc-js";
import type { Reason } from "../errors/catalog.ts";
import type { Codec } from "./codec.ts";
import { type MessageSink, MessageWriter, type SinkLimits } from "./message-sink.ts";
import { GrpcResponseStream, type ResponseReceiver, type ResponseStream } from "./response-stream.ts";

/** The client's end of a stream in both directions. */
export interface ClientStream<In> extends ResponseStream, MessageSink<In> {
  /** Says that nothing more will be sent; responses still arrive. */
  end(): void;
}

/** Codecs of both directions of a stream. */
interface StreamCodecs<In, Out> {
  readonly request: Codec<In>;
  readonly response: Codec<Out>;
}

/** The client's end of one gRPC stream: responses as in the base, requests through a counting writer. */
export class GrpcClientStream<In, Out> extends GrpcResponseStream<Out> implements ClientStream<In> {
  readonly #grpc: ClientDuplexStream<Buffer, Buffer>;
  readonly #writer: MessageWriter<In>;

  constructor(
    grpc: ClientDuplexStream<Buffer, Buffer>,
    receiver: ResponseReceiver<Out>,
    codecs: StreamCodecs<In, Out>,
    foreignReason: Reason,
    limits: SinkLimits,
  ) {
    const writer = new MessageWriter(grpc, codecs.request, limits, () => grpc.cancel());
    const closingReceiver: ResponseReceiver<Out> = {
      onMessage: (message) => receiver.onMessage(message),
      onClose: (error) => {
        writer.close();
        receiver.onClose(error);
      },
    };
    super(grpc, closingReceiver, codecs.response, foreignReason);
    this.#grpc = grpc;
    this.#writer = writer;
  }

  get outstandingBytes(): number {
    return this.#writer.outstandingBytes;
  }

  write(message: In): boolean {
    return this.#writer.write(message);
  }

  drained(): Promise<void> {
    return this.#writer.drained();
  }

  end(): void {
    this.#grpc.end();
  }
}
