import type { DescMethod, DescMethodServerStreaming, DescMethodUnary, Message } from "@bufbuild/protobuf";
import { isMessage } from "@bufbuild/protobuf";
import type { StoreError } from "../../common/errors/store-error.ts";
import type { RpcChannel } from "../../common/rpc/channel.ts";
import type { ServerStreamHandler, ServiceHandlers, UnaryHandler } from "../../common/rpc/handlers.ts";
import {
  AdminService,
  RegisterIssuerRequestSchema,
  RegisterIssuerResponseSchema,
} from "../../proto/gen/harborpoint/admin/v1/admin_pb.ts";

/** How long an operator who does not say waits, in milliseconds. */
const ADMIN_MS_DEFAULT = 10_000;

/** Names of methods that only look: when their answer is lost, nothing is in doubt. */
const ONLY_LOOKS = /^(Get|List|Describe|Explain)/;

/** Hears that an issuer was registered. */
export type RegistrationListener = (issuerId: string, shardId: number) => void;

/**
 * Handlers of the AdminService that pass every call on to the metadata service and its
 * answers and errors back, unchanged.
 */
export function adminProxy(
  channel: RpcChannel,
  onRegistered: RegistrationListener,
): ServiceHandlers<typeof AdminService> {
  const handlers = AdminService.methods.map((method) => [
    method.localName,
    passAnyOn(channel, method, onRegistered),
  ]);
  return Object.fromEntries(handlers) as ServiceHandlers<typeof AdminService>;
}

type AnyHandler = UnaryHandler<Message, Message> | ServerStreamHandler<Message, Message>;

function passAnyOn(
  channel: RpcChannel,
  method: DescMethod,
  onRegistered: RegistrationListener,
): AnyHandler | undefined {
  switch (method.methodKind) {
    case "unary":
      return passOn(channel, method as DescMethodUnary, onRegistered);
    case "server_streaming":
      return passStreamOn(channel, method as DescMethodServerStreaming);
    case "client_streaming":
    case "bidi_streaming":
      return undefined;
  }
}

/** A reader that takes nothing holds up the metadata service, not this process's memory. */
function passStreamOn(
  channel: RpcChannel,
  method: DescMethodServerStreaming,
): ServerStreamHandler<Message, Message> {
  return (request, stream) => {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const onClose = (error: StoreError | undefined): void =>
      error === undefined ? resolve() : reject(error);
    const onMessage = (message: Message): void => {
      if (stream.write(message)) return;
      upstream.pause();
      void stream.drained().then(() => upstream.resume());
    };
    const receiver = { onMessage, onClose };
    const upstream = channel.serverStream(method, request, receiver, {
      foreignReason: "METADATA_UNAVAILABLE",
    });
    stream.context.signal.addEventListener("abort", () => upstream.cancel(), { once: true });
    return promise;
  };
}

function passOn(
  channel: RpcChannel,
  method: DescMethodUnary,
  onRegistered: RegistrationListener,
): UnaryHandler<Message, Message> {
  const foreignReason = ONLY_LOOKS.test(method.name) ? "METADATA_UNAVAILABLE" : "COMMIT_OUTCOME_UNKNOWN";
  return async (request, context) => {
    const remainingMs = context.remainingMs();
    const deadlineMs = remainingMs === Number.POSITIVE_INFINITY ? ADMIN_MS_DEFAULT : remainingMs;
    const response = await channel.unary(method, request, { deadlineMs, foreignReason });
    if (
      isMessage(request, RegisterIssuerRequestSchema) &&
      isMessage(response, RegisterIssuerResponseSchema)
    ) {
      onRegistered(request.issuerId, response.shardId);
    }
    return response;
  };
}
