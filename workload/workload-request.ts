import { type Decision, type HarborpointClient, newToken } from "../client/index.ts";
import type { RecordedDecision } from "./issuer-model.ts";
import type { ReservationPool } from "./reservation-pool.ts";
import type { PlannedOperation } from "./traffic.ts";
import type { IssuerBooks } from "./workload-books.ts";

/** The calls of a client that the workload makes. */
export type WorkloadClient = Pick<
  HarborpointClient,
  "reserve" | "release" | "settle" | "amend" | "setIssuerLimit"
>;

/** A request with its token, ready to be sent any number of times. */
export interface WorkloadRequest {
  readonly record: Omit<RecordedDecision, "approved" | "declineReason" | "position">;
  readonly send: (client: WorkloadClient) => Promise<Decision>;
}

/** A new limit as a multiple of exposure or first limit: from cutting the headroom off to giving plenty. */
const LIMIT_FACTOR_MIN = 0.8;
const LIMIT_FACTOR_MAX = 1.6;

/** Turns a planned operation into a request, now that it is known what there is to act on. */
export function requestOf(planned: PlannedOperation, books: IssuerBooks): WorkloadRequest {
  const { kind } = planned;
  if (kind === "limit") return limitRequest(planned, books);
  if (kind === "reserve") return reserveRequest(planned, books);
  const targetToken = chooseTarget(planned, books.pool);
  // Nothing to act on yet: open a reservation instead.
  if (targetToken === undefined) return reserveRequest(planned, books);
  const target = { ...askerOf(planned, books), token: newToken(), targetToken };
  if (kind !== "amend") {
    return { record: { ...target, kind, amountMinor: 0 }, send: (client) => client[kind](target) };
  }
  const amend = { ...target, amountMinor: planned.amountMinor };
  return { record: { ...amend, kind }, send: (client) => client.amend(amend) };
}

function reserveRequest(planned: PlannedOperation, books: IssuerBooks): WorkloadRequest {
  const input = { ...askerOf(planned, books), token: newToken(), amountMinor: planned.amountMinor };
  return { record: { ...input, kind: "reserve", targetToken: "" }, send: (client) => client.reserve(input) };
}

function limitRequest(
  { pick, amountMinor }: PlannedOperation,
  { issuer, ledger }: IssuerBooks,
): WorkloadRequest {
  const factor = LIMIT_FACTOR_MIN + pick * (LIMIT_FACTOR_MAX - LIMIT_FACTOR_MIN);
  const baseMinor = Math.max(ledger.model.sums.exposureMinor, issuer.limitMinor);
  const limitMinor = Math.round(baseMinor * factor) + amountMinor;
  const input = { token: newToken(), issuerId: issuer.issuerId, limitMinor };
  return {
    record: { kind: "limit", token: input.token, targetToken: "", amountMinor: limitMinor },
    send: (client) => client.setIssuerLimit(input),
  };
}

function askerOf({ desk, trader }: PlannedOperation, { issuer }: IssuerBooks) {
  return { issuerId: issuer.issuerId, desk, trader };
}

function chooseTarget(
  { kind, pick, aimsAtClosed }: PlannedOperation,
  pool: ReservationPool,
): string | undefined {
  if (aimsAtClosed) return pool.peekClosed(pick);
  return kind === "amend" ? pool.peek(pick) : pool.take(pick);
}
