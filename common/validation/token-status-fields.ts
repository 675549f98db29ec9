import {
  type GetTokenStatusRequest,
  TokenStatusMode,
} from "../../proto/gen/harborpoint/reservation/v1/reservation_pb.ts";
import { invalidRequest } from "../errors/store-error.ts";
import { checkIssuerId, checkToken } from "./field-rules.ts";
import { isFieldProblem } from "./mutation-fields.ts";

const MODES: ReadonlySet<TokenStatusMode> = new Set(Object.values(TokenStatusMode));

/** A question for a token, as far as it can be checked without state. */
export interface TokenQuestion {
  readonly token: Uint8Array;
  /** Whether a "no" is to be made final. */
  readonly isFence: boolean;
}

/** Checks GetTokenStatus; throws INVALID_REQUEST naming the field. */
export function checkTokenStatus(
  request: Pick<GetTokenStatusRequest, "issuerId" | "reservationToken" | "mode">,
): TokenQuestion {
  const { issuerId, reservationToken, mode } = request;
  const token = checkToken("reservation_token", reservationToken);
  if (isFieldProblem(token)) throw invalidRequest(token.field, token.problem);
  // Taking a mode of a later version for OBSERVE would let a "no" turn into a late "yes".
  if (!MODES.has(mode)) throw invalidRequest("mode", "is none that this version knows");
  const isFence = mode === TokenStatusMode.FENCE;
  if (issuerId === "" && !isFence) return { token, isFence };
  const problem = checkIssuerId(issuerId);
  if (problem !== undefined) throw invalidRequest(problem.field, problem.problem);
  return { token, isFence };
}
