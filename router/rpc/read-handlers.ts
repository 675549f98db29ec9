import { invalidRequest, StoreError } from "../../common/errors/store-error.ts";
import type { ServiceHandlers } from "../../common/rpc/handlers.ts";
import { parseReservationId } from "../../common/tokens/reservation-id.ts";
import { peekSessionPosition } from "../../common/tokens/session-token.ts";
import { checkIssuerId } from "../../common/validation/field-rules.ts";
import {
  type AwaitDurabilityRequest,
  type GetReservationRequest,
  ReservationService,
} from "../../proto/gen/harborpoint/reservation/v1/reservation_pb.ts";
import type { IssuerDirectory } from "../directory/issuer-directory.ts";
import type { ShardDirectory } from "../directory/shard-directory.ts";
import type { NodeCalls } from "../read/node-calls.ts";
import type { ReadPath } from "../read/read-path.ts";
import type { TokenStatusCalls } from "../read/token-status.ts";
import { readWaitMs } from "./call-wait.ts";

/** Longest wait for remote durability a caller may ask for, and what it gets when it does not say. */
const DURABILITY_MS_MAX = 60_000;
const DURABILITY_MS_DEFAULT = 5_000;
/** What the leader's answer may take on top of the wait it was asked to do. */
const DURABILITY_ANSWER_MS = 1_000;

/** What the handlers of reads are made of. */
export type ReadHandlersParts = {
  readonly issuers: IssuerDirectory;
  readonly shards: ShardDirectory;
  readonly calls: NodeCalls;
  readonly reads: ReadPath;
  readonly tokens: TokenStatusCalls;
};

type ReadMethods =
  | "getReservation"
  | "listOpenReservations"
  | "getExposure"
  | "getTokenStatus"
  | "awaitDurability";

/** Handlers of everything that reads, and of token fences. */
export function readHandlers(
  parts: ReadHandlersParts,
): Pick<ServiceHandlers<typeof ReservationService>, ReadMethods> {
  const { getReservation, listOpenReservations, getExposure } = ReservationService.method;
  const { reads, tokens } = parts;
  return {
    getReservation: async (request, context) =>
      reads.read({
        shardId: await shardOfKey(parts, request),
        consistency: request.consistency,
        waitMs: readWaitMs(context),
        ask: ({ consistency, call }) => call(getReservation, { ...request, consistency }),
      }),
    listOpenReservations: async (request, context) =>
      reads.read({
        shardId: await shardOfIssuer(parts, request.issuerId),
        consistency: request.consistency,
        waitMs: readWaitMs(context),
        ask: ({ consistency, call }) => call(listOpenReservations, { ...request, consistency }),
      }),
    getExposure: async (request, context) =>
      reads.read({
        shardId: await shardOfIssuer(parts, request.issuerId),
        consistency: request.consistency,
        waitMs: readWaitMs(context),
        ask: ({ consistency, call }) => call(getExposure, { ...request, consistency }),
      }),
    getTokenStatus: (request, context) => tokens.get(request, readWaitMs(context)),
    awaitDurability: (request, context) => awaitDurability(parts, request, context.remainingMs()),
  };
}

function shardOfIssuer({ issuers }: ReadHandlersParts, issuerId: string): Promise<number> {
  const problem = checkIssuerId(issuerId);
  if (problem !== undefined) throw invalidRequest(problem.field, problem.problem);
  return issuers.locate(issuerId);
}

async function shardOfKey(parts: ReadHandlersParts, { key }: GetReservationRequest): Promise<number> {
  switch (key.case) {
    case "token":
      return shardOfIssuer(parts, key.value.issuerId);
    case "reservationId":
      return shardOfReservation(parts, key.value);
    case undefined:
      throw invalidRequest("key", "is missing");
  }
}

/** The id names its shard; one that names a shard which does not exist was never given out. */
function shardOfReservation({ shards }: ReadHandlersParts, reservationId: string): number {
  const { shardId } = parseReservationId(reservationId);
  if (shards.known && shards.shard(shardId) === undefined) throw new StoreError("RESERVATION_NOT_FOUND");
  return shardId;
}

async function awaitDurability(
  { calls, shards }: ReadHandlersParts,
  request: AwaitDurabilityRequest,
  remainingMs: number,
) {
  if (request.timeoutMs > DURABILITY_MS_MAX)
    throw invalidRequest("timeout_ms", `must be at most ${DURABILITY_MS_MAX}`);
  const { shardId } = peekSessionPosition(request.sessionToken);
  if (shards.known && shards.shard(shardId) === undefined) {
    throw new StoreError("SESSION_TOKEN_INVALID", { field: "session_token" });
  }
  const askedMs = request.timeoutMs === 0 ? DURABILITY_MS_DEFAULT : request.timeoutMs;
  return calls.askLeader(shardId, ReservationService.method.awaitDurability, request, {
    waitMs: Math.min(remainingMs, askedMs + DURABILITY_ANSWER_MS),
    foreignReason: "LEADER_UNREACHABLE",
  });
}
