import { create } from "@bufbuild/protobuf";
import { invalidRequest } from "../../common/errors/store-error.ts";
import type { CallContext } from "../../common/rpc/call-context.ts";
import { parseReservationId } from "../../common/tokens/reservation-id.ts";
import { parseToken } from "../../common/batch/token.ts";
import {
  type GetExposureRequest,
  type GetExposureResponse,
  GetExposureResponseSchema,
  type GetReservationRequest,
  type GetReservationResponse,
  GetReservationResponseSchema,
  type ListOpenReservationsRequest,
  type ListOpenReservationsResponse,
  ListOpenReservationsResponseSchema,
} from "../../proto/gen/harborpoint/reservation/v1/reservation_pb.ts";
import { exposureOf } from "../reads/exposure.ts";
import { listOpenReservations } from "../reads/open-reservations.ts";
import { readLabel } from "../reads/read-label.ts";
import { reservationByPosition, reservationByToken } from "../reads/reservation-lookup.ts";
import type { ServingNode } from "../runtime/serving-node.ts";
import { shardOfCall, shardOfIssuer } from "./call-shard.ts";
import { guardedRead } from "./read-guard.ts";

/** Answers GetReservation. */
export function getReservation(
  node: ServingNode,
  request: GetReservationRequest,
  context: CallContext,
): GetReservationResponse {
  const { key } = request;
  switch (key.case) {
    case "token": {
      const { issuerId, reservationToken } = key.value;
      const token = requireToken(reservationToken, "token.reservation_token");
      const { host } = shardOfIssuer(node, context, issuerId);
      const pass = node.gate.admit(request.consistency, host);
      const reservation = guardedRead(host.shardId, () => reservationByToken(host, issuerId, token));
      return create(GetReservationResponseSchema, {
        reservation,
        label: readLabel(pass, host, node.answerer),
      });
    }
    case "reservationId": {
      const position = parseReservationId(key.value);
      const { host } = shardOfCall(node, context, position.shardId);
      const pass = node.gate.admit(request.consistency, host);
      const reservation = guardedRead(host.shardId, () => reservationByPosition(host, position));
      return create(GetReservationResponseSchema, {
        reservation,
        label: readLabel(pass, host, node.answerer),
      });
    }
    case undefined:
      throw invalidRequest("key", "is missing");
  }
}

/** Answers ListOpenReservations. */
export function listOpen(
  node: ServingNode,
  request: ListOpenReservationsRequest,
  context: CallContext,
): ListOpenReservationsResponse {
  const { issuerId, pageSize, pageToken } = request;
  const { host } = shardOfIssuer(node, context, issuerId);
  const pass = node.gate.admit(request.consistency, host);
  const page = guardedRead(host.shardId, () => listOpenReservations(host, issuerId, pageSize, pageToken));
  const label = readLabel(pass, host, node.answerer);
  return create(ListOpenReservationsResponseSchema, { ...page, label });
}

/** Answers GetExposure. */
export function getExposure(
  node: ServingNode,
  request: GetExposureRequest,
  context: CallContext,
): GetExposureResponse {
  const { host } = shardOfIssuer(node, context, request.issuerId);
  const pass = node.gate.admit(request.consistency, host);
  const exposure = exposureOf(host, request.issuerId);
  return create(GetExposureResponseSchema, { exposure, label: readLabel(pass, host, node.answerer) });
}

/** The bytes of a token. Throws INVALID_REQUEST naming the field. */
function requireToken(text: string, field: string): Uint8Array {
  const token = parseToken(text);
  if (token === undefined) throw invalidRequest(field, "must be a UUIDv7 in canonical form");
  return token;
}
