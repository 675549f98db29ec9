import type {
  RegisterIssuerRequest,
  SetIssuerLimitRequest,
} from "../../proto/gen/harborpoint/admin/v1/admin_pb.ts";
import type {
  AmendRequest,
  Mutation,
  ReleaseRequest,
  ReserveRequest,
  SettleRequest,
} from "../../proto/gen/harborpoint/reservation/v1/reservation_pb.ts";
import { Kind } from "../batch/kinds.ts";
import { canonicalLabels } from "../batch/labels.ts";
import type { MutationFields } from "../batch/mutation-batch.ts";
import { invalidRequest } from "../errors/store-error.ts";
import {
  checkAmountMinor,
  checkCurrency,
  checkIssuerId,
  checkLabels,
  checkLimitMinor,
  checkName,
  checkNewIssuerId,
  checkToken,
  checkTtlMs,
  type FieldProblem,
} from "./field-rules.ts";

/** A request as a row of a batch, or what is wrong with it. */
export type CheckedMutation = MutationFields | FieldProblem;

/** Whether a check failed. */
export function isFieldProblem(checked: object): checked is FieldProblem {
  return "problem" in checked;
}

/** For single calls: the row, or INVALID_REQUEST naming the field. */
export function requireValid(checked: CheckedMutation): MutationFields {
  if (isFieldProblem(checked)) throw invalidRequest(checked.field, checked.problem);
  return checked;
}

/** Checks one item of a stream; only its own validity, nothing that needs state. */
export function checkMutation(mutation: Mutation): CheckedMutation {
  const { kind } = mutation;
  switch (kind.case) {
    case "reserve":
      return checkReserve(kind.value);
    case "release":
      return checkRelease(kind.value);
    case "settle":
      return checkSettle(kind.value);
    case "amend":
      return checkAmend(kind.value);
    case undefined:
      return { field: "kind", problem: "is missing" };
  }
}

/** Checks a reserve. */
export function checkReserve(request: ReserveRequest): CheckedMutation {
  const token = checkToken("reservation_token", request.reservationToken);
  if (isFieldProblem(token)) return token;
  const { issuerId, desk, trader, currency, ttlMs } = request;
  const problem =
    checkIssuerId(issuerId) ??
    checkAmountMinor(request.amountMinor) ??
    (currency === "" ? undefined : checkCurrency(currency)) ??
    checkCaller(request) ??
    checkTtlMs(ttlMs) ??
    checkLabels(request.labels);
  if (problem !== undefined) return problem;
  const amountMinor = Number(request.amountMinor);
  const labels = canonicalLabels(request.labels);
  return { kind: Kind.RESERVE, token, amountMinor, issuerId, desk, trader, currency, labels, ttlMs };
}

/** Checks a release. */
export function checkRelease(request: ReleaseRequest): CheckedMutation {
  return checkTargeted(Kind.RELEASE, request, 0);
}

/** Checks a settle. */
export function checkSettle(request: SettleRequest): CheckedMutation {
  return checkTargeted(Kind.SETTLE, request, 0);
}

/** Checks an amend. */
export function checkAmend(request: AmendRequest): CheckedMutation {
  return (
    checkAmountMinor(request.amountMinor) ?? checkTargeted(Kind.AMEND, request, Number(request.amountMinor))
  );
}

/** Checks a registration. The home region is the metadata service's to check. */
export function checkRegisterIssuer(request: RegisterIssuerRequest): CheckedMutation {
  const token = checkToken("reservation_token", request.reservationToken);
  if (isFieldProblem(token)) return token;
  const { issuerId, currency, limitMinor } = request;
  const problem = checkNewIssuerId(issuerId) ?? checkCurrency(currency) ?? checkLimitMinor(limitMinor);
  return (
    problem ?? { kind: Kind.REGISTER_ISSUER, token, amountMinor: Number(limitMinor), issuerId, currency }
  );
}

/** Checks a change of a limit. */
export function checkSetIssuerLimit(request: SetIssuerLimitRequest): CheckedMutation {
  const token = checkToken("reservation_token", request.reservationToken);
  if (isFieldProblem(token)) return token;
  const { issuerId, limitMinor } = request;
  const problem = checkIssuerId(issuerId) ?? checkLimitMinor(limitMinor);
  return problem ?? { kind: Kind.SET_LIMIT, token, amountMinor: Number(limitMinor), issuerId };
}

/** What release, settle and amend share: they act on the reservation of another token. */
function checkTargeted(
  kind: Kind,
  request: ReleaseRequest | SettleRequest | AmendRequest,
  amountMinor: number,
): CheckedMutation {
  const token = checkToken("reservation_token", request.reservationToken);
  if (isFieldProblem(token)) return token;
  const targetToken = checkToken("target_reservation_token", request.targetReservationToken);
  if (isFieldProblem(targetToken)) return targetToken;
  const { issuerId, desk, trader } = request;
  return (
    checkIssuerId(issuerId) ??
    checkCaller(request) ?? { kind, token, targetToken, amountMinor, issuerId, desk, trader }
  );
}

function checkCaller(request: { readonly desk: string; readonly trader: string }): FieldProblem | undefined {
  return checkName("desk", request.desk) ?? checkName("trader", request.trader);
}
