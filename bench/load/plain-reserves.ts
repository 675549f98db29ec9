import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { newToken, StoreError } from "../../client/index.ts";
import { positionFromWire } from "../../client/position.ts";
import { storeErrorFromGrpc } from "../../common/errors/grpc-status.ts";
import { asBuffer } from "../../common/rpc/codec.ts";
import { methodPath } from "../../common/rpc/service-definition.ts";
import {
  ReservationService,
  ReserveRequestSchema,
  ReserveResponseSchema,
} from "../../proto/gen/harborpoint/reservation/v1/reservation_pb.ts";
import { Decision } from "../../proto/gen/harborpoint/types/v1/types_pb.ts";
import type { PlainClient } from "../echo/plain-client.ts";
import type { Operation } from "./operation.ts";
import type { ReserveLoad } from "./reserve-load.ts";

const RESERVE = methodPath(ReservationService.method.reserve);

/** Reserves as unary calls of a plain gRPC client: no stream, no batches, no retries. */
export function plainReserves(load: ReserveLoad, client: PlainClient): Operation {
  return {
    rateName: "reservationsPerSecond",
    recordsPerSend: 1,
    sender: (_, recorder) => {
      const draws = load.draws();
      return async (intendedMs) => {
        const { issuer, amountMinor } = draws.next().value;
        const { issuerId } = load.issuers[issuer];
        const request = create(ReserveRequestSchema, {
          reservationToken: newToken(),
          issuerId,
          amountMinor: BigInt(amountMinor),
          desk: "GOV",
          trader: "t1",
        });
        const bytes = asBuffer(toBinary(ReserveRequestSchema, request));
        const answer = await client.call(RESERVE, bytes).catch(storeErrorFromGrpc);
        if (answer instanceof StoreError) return load.told.enterError(answer.reason);
        recorder.answered(intendedMs, 1);
        load.told.enterDecision({ issuer, amountMinor, ...decisionOf(answer) });
      };
    },
  };
}

function decisionOf(answer: Buffer): { approved: boolean; shardId: number; lsn: number } {
  const { outcome } = fromBinary(ReserveResponseSchema, answer);
  const { shardId, lsn } = positionFromWire(outcome?.label?.position);
  return { approved: outcome?.decision === Decision.APPROVED, shardId, lsn };
}
