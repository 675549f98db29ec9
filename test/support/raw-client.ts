import type { DescMessage, DescMethodBiDiStreaming, DescMethodUnary, MessageShape } from "@bufbuild/protobuf";
import { create, fromBinary, type MessageInitShape, toBinary } from "@bufbuild/protobuf";
import { Client, credentials, Metadata, type ServiceError } from "@grpc/grpc-js";
import { methodPath, rawBytes } from "../../common/rpc/service-definition.ts";
import { type WireStatus, wireStatus } from "./wire-status.ts";

/** What a single call came to. */
export type RawAnswer<Out> =
  | { readonly ok: true; readonly response: Out }
  | { readonly ok: false; readonly status: WireStatus };

/** How a call is made. */
export interface RawCallOptions {
  readonly headers?: Readonly<Record<string, string>>;
  /** Milliseconds to wait. */
  readonly deadlineMs?: number;
}

const DEADLINE_MS = 10_000;

/**
 * A gRPC client that knows nothing of our error classes, as one in another language: it shows the
 * status and its details as they came over the wire.
 */
export class RawClient {
  readonly #client: Client;

  constructor(address: string) {
    this.#client = new Client(address, credentials.createInsecure(), {
      "grpc.max_send_message_length": -1,
      "grpc.use_local_subchannel_pool": 1,
      "grpc.enable_retries": 0,
    });
  }

  /** Makes one call. */
  call<In extends DescMessage, Out extends DescMessage>(
    method: DescMethodUnary<In, Out>,
    request: MessageInitShape<In>,
    options: RawCallOptions = {},
  ): Promise<RawAnswer<MessageShape<Out>>> {
    return this.callBytes(method, toBinary(method.input, create(method.input, request)), options);
  }

  /** Makes one call whose request may be anything. */
  callBytes<In extends DescMessage, Out extends DescMessage>(
    method: DescMethodUnary<In, Out>,
    request: Uint8Array,
    { headers = {}, deadlineMs = DEADLINE_MS }: RawCallOptions = {},
  ): Promise<RawAnswer<MessageShape<Out>>> {
    return new Promise((resolve) => {
      this.#client.makeUnaryRequest<Buffer, Buffer>(
        methodPath(method),
        rawBytes,
        rawBytes,
        Buffer.from(request),
        metadataOf(headers),
        { deadline: Date.now() + deadlineMs },
        (error, response) => {
          if (response === undefined) resolve({ ok: false, status: wireStatus(error ?? {}) });
          else resolve({ ok: true, response: fromBinary(method.output, response) });
        },
      );
    });
  }

  /** Opens a stream in both directions. */
  open<In extends DescMessage, Out extends DescMessage>(
    method: DescMethodBiDiStreaming<In, Out>,
  ): RawStream<In, Out> {
    const stream = this.#client.makeBidiStreamRequest<Buffer, Buffer>(methodPath(method), rawBytes, rawBytes);
    const { promise: closed, resolve } = Promise.withResolvers<WireStatus>();
    const answers: MessageShape<Out>[] = [];
    const waiting: ((answer: MessageShape<Out>) => void)[] = [];
    stream.on("data", (bytes: Buffer) => {
      const answer = fromBinary(method.output, bytes);
      const receiver = waiting.shift();
      if (receiver === undefined) answers.push(answer);
      else receiver(answer);
    });
    stream.on("error", (error: ServiceError) => resolve(wireStatus(error)));
    stream.on("status", (status) => resolve(wireStatus(status)));
    return {
      closed,
      send: (request) => stream.write(Buffer.from(toBinary(method.input, create(method.input, request)))),
      sendBytes: (bytes) => stream.write(Buffer.from(bytes)),
      next: () => {
        const answer = answers.shift();
        if (answer !== undefined) return Promise.resolve(answer);
        return new Promise((settle) => waiting.push(settle));
      },
      cancel: () => stream.cancel(),
    };
  }

  close(): void {
    this.#client.close();
  }
}

/** An open stream. */
export interface RawStream<In extends DescMessage, Out extends DescMessage> {
  /** How it ended. */
  readonly closed: Promise<WireStatus>;
  send(request: MessageInitShape<In>): void;
  sendBytes(request: Uint8Array): void;
  /** The next answer. */
  next(): Promise<MessageShape<Out>>;
  cancel(): void;
}

function metadataOf(headers: Readonly<Record<string, string>>): Metadata {
  const metadata = new Metadata();
  for (const [name, value] of Object.entries(headers)) metadata.set(name, value);
  return metadata;
}
