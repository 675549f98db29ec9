import type { DescMethodUnary, Message } from "@bufbuild/protobuf";
import { isMessage } from "@bufbuild/protobuf";
import type { RpcChannel } from "../../common/rpc/channel.ts";
import type { ServiceHandlers, UnaryHandler } from "../../common/rpc/handlers.ts";
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
 * Handlers of the AdminService that pass every single call on to the metadata service and its
 * answers and errors back, unchanged.
 */
export function adminProxy(
  channel: RpcChannel,
  onRegistered: RegistrationListener,
): ServiceHandlers<typeof AdminService> {
  const handlers = AdminService.methods
    .filter((method): method is DescMethodUnary & typeof method => method.methodKind === "unary")
    .map((method) => [method.localName, passOn(channel, method, onRegistered)]);
  return Object.fromEntries(handlers) as ServiceHandlers<typeof AdminService>;
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
