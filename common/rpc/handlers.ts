import type {
  DescMethod,
  DescMethodBiDiStreaming,
  DescMethodServerStreaming,
  DescMethodUnary,
  DescService,
  MessageShape,
} from "@bufbuild/protobuf";
import type { CallContext } from "./call-context.ts";
import type { Codec } from "./codec.ts";
import type { MessageSink } from "./message-sink.ts";

/** Answers one request. A rejection with a StoreError becomes its status, anything else INTERNAL. */
export type UnaryHandler<In, Out> = (request: In, context: CallContext) => Promise<Out>;

/** Answers one request with many messages; the stream ends when the promise settles. */
export type ServerStreamHandler<In, Out> = (request: In, stream: ServerStream<Out>) => Promise<void>;

/** Accepts a stream and says who receives its messages. */
export type BidiHandler<In, Out> = (stream: ServerStream<Out>) => StreamReceiver<In>;

/** Receives what the other side of a stream sends. Called synchronously, one message at a time. */
export interface StreamReceiver<T> {
  /** A message arrived. A thrown StoreError ends the stream with its status. */
  onMessage(message: T): void;
  /** The other side will send no more; answers may still be written. */
  onEnd(): void;
  /** The stream is over for whatever reason; called exactly once, and nothing is called after it. */
  onClose(): void;
}

/** The server's end of a stream. */
export interface ServerStream<Out> extends MessageSink<Out> {
  readonly context: CallContext;
  /** Ends the stream: OK without an error, else the error's status. What was written goes first. */
  end(error?: unknown): void;
  /** Stops taking messages from the network until {@link resume}; the sender is held up in turn. */
  pause(): void;
  resume(): void;
}

type HandlerOf<M extends DescMethod> =
  M extends DescMethodUnary<infer In, infer Out>
    ? UnaryHandler<MessageShape<In>, MessageShape<Out>>
    : M extends DescMethodServerStreaming<infer In, infer Out>
      ? ServerStreamHandler<MessageShape<In>, MessageShape<Out>>
      : M extends DescMethodBiDiStreaming<infer In, infer Out>
        ? BidiHandler<MessageShape<In>, MessageShape<Out>>
        : never;

/** Handlers of a service by local method name; methods without one answer UNIMPLEMENTED. */
export type ServiceHandlers<S extends DescService> = {
  readonly [K in keyof S["method"]]?: HandlerOf<S["method"][K]>;
};

/** Codecs that replace a method's protobuf ones. */
export interface MethodCodecs<In, Out> {
  readonly request?: Codec<In>;
  readonly response?: Codec<Out>;
}

/** Codec overrides of a service by local method name. */
export type ServiceCodecs<S extends DescService> = {
  readonly [K in keyof S["method"]]?: MethodCodecs<
    MessageShape<S["method"][K]["input"]>,
    MessageShape<S["method"][K]["output"]>
  >;
};
