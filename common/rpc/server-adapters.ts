import type { DescMethod } from "@bufbuild/protobuf";
import type {
  handleBidiStreamingCall,
  handleServerStreamingCall,
  handleUnaryCall,
  ServerDuplexStream,
} from "@grpc/grpc-js";
import { asBuffer, type Codec, decodeRequest } from "./codec.ts";
import type {
  BidiHandler,
  ServerStream,
  ServerStreamHandler,
  StreamReceiver,
  UnaryHandler,
} from "./handlers.ts";
import type { SinkLimits } from "./message-sink.ts";
import { type CallEnvironment, ServerCall } from "./server-call.ts";
import { GrpcServerStream } from "./server-stream.ts";
import { serviceErrorFromStatus } from "./service-error.ts";

/** A stream as far as a stopping server is concerned. */
export type EndableStream = Pick<ServerStream<unknown>, "end">;

/** One method with everything its adapter needs. */
export interface MethodBinding<In, Out> {
  readonly method: DescMethod;
  readonly request: Codec<In>;
  readonly response: Codec<Out>;
  readonly environment: CallEnvironment;
  readonly limits: SinkLimits;
  /** Keeps track of streams that outlive a request, so that a stop can end them. */
  readonly openStreams: Set<EndableStream>;
}

/** Lets the gRPC library call a unary handler. */
export function unaryAdapter<In, Out>(
  binding: MethodBinding<In, Out>,
  handler: UnaryHandler<In, Out>,
): handleUnaryCall<Buffer, Buffer> {
  return async (grpc, respond) => {
    const call = new ServerCall(grpc, binding.method, binding.environment);
    grpc.on("cancelled", () => call.cancel());
    try {
      const response = await handler(decodeRequest(binding.request, grpc.request), call.context);
      const bytes = asBuffer(binding.response.encode(response));
      call.succeed();
      respond(null, bytes);
    } catch (error) {
      respond(serviceErrorFromStatus(call.fail(error)));
    }
  };
}

/** Lets the gRPC library call a handler that answers one request with many messages. */
export function serverStreamAdapter<In, Out>(
  binding: MethodBinding<In, Out>,
  handler: ServerStreamHandler<In, Out>,
): handleServerStreamingCall<Buffer, Buffer> {
  return async (grpc) => {
    const call = new ServerCall(grpc, binding.method, binding.environment);
    const stream = new GrpcServerStream(grpc, call, binding.response, binding.limits);
    track(binding.openStreams, stream, () => {});
    try {
      await handler(decodeRequest(binding.request, grpc.request), stream);
      stream.end();
    } catch (error) {
      stream.end(error);
    }
  };
}

/** Lets the gRPC library call a handler of a stream in both directions. */
export function bidiAdapter<In, Out>(
  binding: MethodBinding<In, Out>,
  handler: BidiHandler<In, Out>,
): handleBidiStreamingCall<Buffer, Buffer> {
  return (grpc) => {
    const call = new ServerCall(grpc, binding.method, binding.environment);
    const stream = new GrpcServerStream(grpc, call, binding.response, binding.limits);
    try {
      const receiver = handler(stream);
      track(binding.openStreams, stream, () => receiver.onClose());
      deliver(grpc, stream, binding.request, receiver);
    } catch (error) {
      stream.end(error);
    }
  };
}

/** Hands arriving messages to the receiver: one listener for the life of the stream. */
function deliver<In, Out>(
  grpc: ServerDuplexStream<Buffer, Buffer>,
  stream: GrpcServerStream<Out>,
  codec: Codec<In>,
  receiver: StreamReceiver<In>,
): void {
  grpc.on("data", (bytes: Buffer) => {
    if (stream.closed) return;
    try {
      receiver.onMessage(decodeRequest(codec, bytes));
    } catch (error) {
      stream.end(error);
    }
  });
  // A caller that leaves looks like one that ended until the library has seen the reset: one turn later.
  grpc.on("end", () => setImmediate(deliverEnd, stream, receiver));
}

function deliverEnd<In, Out>(stream: GrpcServerStream<Out>, receiver: StreamReceiver<In>): void {
  if (stream.closed) return;
  try {
    receiver.onEnd();
  } catch (error) {
    stream.end(error);
  }
}

function track<Out>(
  openStreams: Set<EndableStream>,
  stream: GrpcServerStream<Out>,
  onClose: () => void,
): void {
  openStreams.add(stream);
  stream.onClose(() => {
    openStreams.delete(stream);
    onClose();
  });
}
