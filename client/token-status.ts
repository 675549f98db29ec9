import { create } from "@bufbuild/protobuf";
import {
  type GetTokenStatusResponse,
  GetTokenStatusRequestSchema,
  ReservationService,
  TokenStatus,
  TokenStatusMode,
} from "../proto/gen/harborpoint/reservation/v1/reservation_pb.ts";
import { type Decision, decisionFromOutcome } from "./decision.ts";
import { enumName } from "./enum-name.ts";
import { type ReadLabel, readLabelFromWire } from "./read-label.ts";
import type { RetryingReader } from "./retrying-reader.ts";

/** Asks what became of a token. */
export interface TokenStatusQuery {
  readonly token: string;
  /** The issuer; without it every leader is asked (OBSERVE only). */
  readonly issuerId?: string;
  /** FENCE makes a "no" final: a late arrival of the token will be declined. */
  readonly mode?: "OBSERVE" | "FENCE";
  readonly timeoutMs?: number;
}

/** A regional failover that lost acknowledged records. */
export interface LossyChange {
  readonly generation: number;
  readonly lostAfterLsn: number;
  readonly operationId: string;
}

/** What became of a token. */
export interface TokenStatusAnswer {
  readonly status: keyof typeof TokenStatus;
  /** The recorded decision, when there is one. */
  readonly decision: Decision | undefined;
  /** What could explain a NOT_FOUND; undefined when nothing was ever lost. */
  readonly lossyChange: LossyChange | undefined;
  readonly label: ReadLabel;
}

/** Longest wait for one attempt: a later answer that says APPROVED could not be believed. */
const ATTEMPT_MS_MAX = 1_000;

/** Asks for a token until there is an answer or the time is up. */
export async function askTokenStatus(
  reader: RetryingReader,
  query: TokenStatusQuery,
): Promise<TokenStatusAnswer> {
  const request = create(GetTokenStatusRequestSchema, {
    issuerId: query.issuerId ?? "",
    reservationToken: query.token,
    mode: TokenStatusMode[query.mode ?? "OBSERVE"],
  });
  const { getTokenStatus } = ReservationService.method;
  const answer = await reader.ask(getTokenStatus, request, query.timeoutMs, ATTEMPT_MS_MAX);
  return answerFromWire(answer, query.token);
}

function answerFromWire(answer: GetTokenStatusResponse, token: string): TokenStatusAnswer {
  const { status, outcome, label, lossyChange: lossy } = answer;
  return {
    status: enumName(TokenStatus, status),
    decision: outcome && decisionFromOutcome(outcome, token),
    lossyChange: lossy && {
      generation: Number(lossy.generation),
      lostAfterLsn: Number(lossy.lostAfterLsn),
      operationId: lossy.operationId,
    },
    label: readLabelFromWire(label),
  };
}
