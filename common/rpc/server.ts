import type { DescMethod, DescService } from "@bufbuild/protobuf";
import {
  type ChannelOptions,
  Server,
  ServerCredentials,
  type UntypedHandleCall,
  type UntypedServiceImplementation,
} from "@grpc/grpc-js";
import { Health } from "../../proto/gen/grpc/health/v1/health_pb.ts";
import { assert } from "../assert.ts";
import { StoreError } from "../errors/store-error.ts";
import { protobufCodec } from "./codec.ts";
import type { MethodCodecs, ServiceCodecs, ServiceHandlers } from "./handlers.ts";
import { HealthService } from "./health-service.ts";
import { silenceLibraryLog } from "./library-log.ts";
import { Listener } from "./listener.ts";
import { DEFAULT_SINK_LIMITS, type SinkLimits } from "./message-sink.ts";
import { addReflection } from "./reflection.ts";
import {
  bidiAdapter,
  type EndableStream,
  type MethodBinding,
  serverStreamAdapter,
  unaryAdapter,
} from "./server-adapters.ts";
import type { CallEnvironment } from "./server-call.ts";
import { serviceDefinition } from "./service-definition.ts";

/** Limits of one server. */
export interface RpcServerOptions {
  /** Largest message taken or sent, in bytes; 4 MiB for clients, 16 MiB where frames travel. */
  readonly messageBytesMax?: number;
  /** Calls in progress on one connection; further ones wait at the client. */
  readonly concurrentStreamsMax?: number;
  /** A silent connection is probed after this many milliseconds. */
  readonly keepaliveMs?: number;
  /** A probe that stays unanswered this many milliseconds ends the connection and its calls. */
  readonly keepaliveTimeoutMs?: number;
  /** Bytes that may wait for a slow receiver of a stream. */
  readonly sinkLimits?: SinkLimits;
}

const DEFAULT_MESSAGE_BYTES_MAX = 4 << 20;

/** A bidi batch stream uses one; a router that forwards single calls keeps hundreds in flight. */
const DEFAULT_CONCURRENT_STREAMS_MAX = 1024;

const DEFAULT_KEEPALIVE_MS = 10_000;
const DEFAULT_KEEPALIVE_TIMEOUT_MS = 5_000;

/**
 * A gRPC server with health and reflection. Life: addService… → start → drain → stop.
 * Handlers see typed messages; limits, errors and the report of each call are the server's.
 */
export class RpcServer {
  /** Readiness of the services; every one starts NOT_SERVING. */
  readonly health = new HealthService();
  readonly #environment: CallEnvironment;
  readonly #limits: SinkLimits;
  readonly #server: Server;
  readonly #listener: Listener;
  readonly #services: DescService[] = [];
  readonly #openStreams = new Set<EndableStream>();

  constructor(environment: CallEnvironment, options: RpcServerOptions = {}) {
    silenceLibraryLog();
    this.#environment = environment;
    this.#limits = options.sinkLimits ?? DEFAULT_SINK_LIMITS;
    this.#server = new Server(grpcOptions(options));
    const injector = this.#server.createConnectionInjector(ServerCredentials.createInsecure());
    this.#listener = new Listener((socket) => injector.injectConnection(socket));
    this.#bind(Health, this.health.handlers, {});
  }

  /** Serves a service; before {@link start} only. */
  addService<S extends DescService>(
    service: S,
    handlers: ServiceHandlers<S>,
    codecs: ServiceCodecs<S> = {},
  ): void {
    this.health.register(service.typeName);
    this.#bind(service, handlers, codecs);
  }

  /** Listens on host:port (port 0: any free one). @returns the port */
  start(address: string): Promise<number> {
    addReflection(this.#server, this.#services);
    return this.#listener.start(address);
  }

  /** Tells health watchers that this server is going away; calls are still answered. */
  drain(): void {
    this.health.drain();
  }

  /**
   * Stops taking calls, ends open streams with SHUTTING_DOWN, waits for the calls in progress and
   * cuts off what is left after the grace time.
   */
  async stop(graceMs: number): Promise<void> {
    this.drain();
    const connectionsClosed = this.#listener.close();
    // Asks clients to open no more streams; whether they have left is seen by their connections.
    this.#server.tryShutdown(() => undefined);
    for (const stream of this.#openStreams) stream.end(new StoreError("SHUTTING_DOWN"));
    const cutOff = setTimeout(() => this.#listener.destroyConnections(), graceMs);
    await connectionsClosed;
    clearTimeout(cutOff);
  }

  #bind<S extends DescService>(service: S, handlers: ServiceHandlers<S>, codecs: ServiceCodecs<S>): void {
    const implementation: UntypedServiceImplementation = {};
    for (const method of service.methods) {
      const key = method.localName as keyof S["method"];
      const handler = handlers[key];
      if (handler === undefined) continue;
      implementation[method.localName] = adapt(this.#binding(method, codecs[key] ?? {}), handler);
    }
    this.#services.push(service);
    this.#server.addService(serviceDefinition(service), implementation);
  }

  #binding(method: DescMethod, codecs: object): MethodBinding<never, never> {
    const { request, response } = codecs as MethodCodecs<unknown, unknown>;
    return {
      method,
      request: request ?? protobufCodec(method.input),
      response: response ?? protobufCodec(method.output),
      environment: this.#environment,
      limits: this.#limits,
      openStreams: this.#openStreams,
    } as MethodBinding<never, never>;
  }
}

/** The handler's type follows from the method's kind (see ServiceHandlers); TypeScript cannot see that here. */
function adapt(binding: MethodBinding<never, never>, handler: unknown): UntypedHandleCall {
  const { methodKind } = binding.method;
  assert(methodKind !== "client_streaming", "no client-streaming method is part of the protocol");
  switch (methodKind) {
    case "unary":
      return unaryAdapter(binding, handler as Parameters<typeof unaryAdapter<never, never>>[1]);
    case "server_streaming":
      return serverStreamAdapter(binding, handler as Parameters<typeof serverStreamAdapter<never, never>>[1]);
    case "bidi_streaming":
      return bidiAdapter(binding, handler as Parameters<typeof bidiAdapter<never, never>>[1]);
  }
}

function grpcOptions(options: RpcServerOptions): ChannelOptions {
  const messageBytesMax = options.messageBytesMax ?? DEFAULT_MESSAGE_BYTES_MAX;
  return {
    "grpc.max_receive_message_length": messageBytesMax,
    "grpc.max_send_message_length": messageBytesMax,
    "grpc.max_concurrent_streams": options.concurrentStreamsMax ?? DEFAULT_CONCURRENT_STREAMS_MAX,
    "grpc.keepalive_time_ms": options.keepaliveMs ?? DEFAULT_KEEPALIVE_MS,
    "grpc.keepalive_timeout_ms": options.keepaliveTimeoutMs ?? DEFAULT_KEEPALIVE_TIMEOUT_MS,
    "grpc.enable_channelz": 0,
  };
}
