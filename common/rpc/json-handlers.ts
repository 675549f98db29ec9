import type { DescMethodUnary, DescService, Message } from "@bufbuild/protobuf";
import {
  ConnectError,
  type ConnectRouter,
  type ContextKey,
  createContextKey,
  createContextValues,
  type HandlerContext,
} from "@connectrpc/connect";
import { connectNodeAdapter } from "@connectrpc/connect-node";
import { GrpcCode } from "../errors/grpc-code.ts";
import { RETRY_PUSHBACK_TRAILER, statusFromError } from "../errors/grpc-status.ts";
import type { Log } from "../log/log.ts";
import type { RequestHandler } from "../ops-server.ts";
import type { CallContext } from "./call-context.ts";
import type { ServiceHandlers, UnaryHandler } from "./handlers.ts";
import { methodPath } from "./service-definition.ts";

/** A service whose unary methods also answer JSON over HTTP, with the handlers the gRPC server has. */
export interface JsonService {
  readonly service: DescService;
  readonly handlers: ServiceHandlers<DescService>;
}

/** Largest request body: one call, never a batch. */
const BODY_BYTES_MAX = 1 << 20;

/** Longest wait a caller may ask for. */
const TIMEOUT_MS_MAX = 60_000;

const PEER: ContextKey<string> = createContextKey("unknown");

/** Pairs a service with its handlers; keeps the two types together. */
export function jsonService<S extends DescService>(service: S, handlers: ServiceHandlers<S>): JsonService {
  return { service, handlers };
}

/**
 * Serves the unary methods of the services by the Connect protocol, so that
 * `curl -H 'content-type: application/json' -d '{"issuerId":"X"}' URL/package.Service/Method` works.
 * Errors carry the same details as on gRPC.
 */
export function jsonRequestHandler(services: readonly JsonService[], log: Log): RequestHandler {
  const routes = services.flatMap(unaryRoutes);
  const paths = new Set(routes.map(({ method }) => methodPath(method)));
  const adapter = connectNodeAdapter({
    routes: (router) => {
      for (const route of routes) addRoute(router, route, log);
    },
    contextValues: (request) => createContextValues().set(PEER, request.socket.remoteAddress ?? "unknown"),
    grpc: false,
    grpcWeb: false,
    readMaxBytes: BODY_BYTES_MAX,
    maxTimeoutMs: TIMEOUT_MS_MAX,
    jsonOptions: { alwaysEmitImplicit: true },
  });
  return (request, response) => {
    if (!paths.has(request.url ?? "")) return false;
    adapter(request, response);
    return true;
  };
}

/** A unary method with its handler. */
interface UnaryRoute {
  readonly method: DescMethodUnary;
  readonly handler: UnaryHandler<Message, Message>;
}

function unaryRoutes({ service, handlers }: JsonService): UnaryRoute[] {
  return service.methods.flatMap((method) => {
    const handler = handlers[method.localName];
    return method.methodKind === "unary" && handler !== undefined ? [{ method, handler } as UnaryRoute] : [];
  });
}

function addRoute(router: ConnectRouter, { method, handler }: UnaryRoute, log: Log): void {
  router.rpc(method, async (request, context) => {
    try {
      return await handler(request, callContext(context));
    } catch (error) {
      throw connectError(error, methodPath(method), log);
    }
  });
}

function callContext(context: HandlerContext): CallContext {
  return {
    remainingMs: () => context.timeoutMs() ?? Number.POSITIVE_INFINITY,
    peer: context.values.get(PEER),
    header: (name) => context.requestHeader.get(name) ?? undefined,
    signal: context.signal,
  };
}

function connectError(error: unknown, path: string, log: Log): ConnectError {
  const status = statusFromError(error);
  if (status.code === GrpcCode.INTERNAL) log.error("rpc_handler_failed", { method: path, error });
  const headers = new Headers();
  if (status.pushbackMs !== undefined) headers.set(RETRY_PUSHBACK_TRAILER, String(status.pushbackMs));
  return new ConnectError(status.message, status.code, headers, [...status.details]);
}
