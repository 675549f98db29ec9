import { create } from "@bufbuild/protobuf";
import type { CallContext } from "../../common/rpc/call-context.ts";
import type { ServiceHandlers } from "../../common/rpc/handlers.ts";
import {
  type CheckedMutation,
  checkAmend,
  checkRelease,
  checkReserve,
  checkSettle,
  requireValid,
} from "../../common/validation/mutation-fields.ts";
import {
  AmendResponseSchema,
  type MutationOutcome,
  ReleaseResponseSchema,
  type ReservationService,
  ReserveResponseSchema,
  SettleResponseSchema,
} from "../../proto/gen/harborpoint/reservation/v1/reservation_pb.ts";
import type { ServingNode } from "../runtime/serving-node.ts";
import { shardOfIssuer } from "./call-shard.ts";
import { getExposure, getReservation, listOpen } from "./read-handlers.ts";
import { ReserveStream } from "./reserve-stream.ts";
import { labelledOutcome, submitMutation } from "./single-mutation.ts";
import { awaitDurability, getTokenStatus } from "./token-handlers.ts";

/** Handlers of ReservationService for the shards of this node. They only translate. */
export function reservationHandlers(serving: () => ServingNode): ServiceHandlers<typeof ReservationService> {
  const decide = (checked: CheckedMutation, context: CallContext) => decideOne(serving(), checked, context);
  return {
    reserve: async (request, context) => {
      return create(ReserveResponseSchema, { outcome: await decide(checkReserve(request), context) });
    },
    release: async (request, context) => {
      return create(ReleaseResponseSchema, { outcome: await decide(checkRelease(request), context) });
    },
    settle: async (request, context) => {
      return create(SettleResponseSchema, { outcome: await decide(checkSettle(request), context) });
    },
    amend: async (request, context) => {
      return create(AmendResponseSchema, { outcome: await decide(checkAmend(request), context) });
    },
    reserveStream: (stream) => new ReserveStream(serving(), stream),
    getReservation: async (request, context) => getReservation(serving(), request, context),
    listOpenReservations: async (request, context) => listOpen(serving(), request, context),
    getExposure: async (request, context) => getExposure(serving(), request, context),
    getTokenStatus: async (request, context) => getTokenStatus(serving(), request, context),
    awaitDurability: async (request, context) => awaitDurability(serving(), request, context),
  };
}

async function decideOne(
  node: ServingNode,
  checked: CheckedMutation,
  context: CallContext,
): Promise<MutationOutcome> {
  const fields = requireValid(checked);
  const shard = shardOfIssuer(node, context, fields.issuerId);
  const result = await submitMutation(shard, node, fields, "service", context);
  return labelledOutcome(node, shard.host, result);
}
