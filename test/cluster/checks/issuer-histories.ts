import { isBefore } from "../../../client/index.ts";
import type { RecordedDecision } from "../../../workload/issuer-model.ts";
import type { History } from "../history/history.ts";
import type { DecidedOperation } from "../history/operation.ts";

/** The decided operations of every issuer in the order of their positions. */
export function issuerHistories(history: History): ReadonlyMap<string, readonly DecidedOperation[]> {
  const byIssuer = Map.groupBy(history.decided, ({ request }) => request.issuerId);
  for (const operations of byIssuer.values()) {
    operations.sort((a, b) => (isBefore(positionOf(a), positionOf(b)) ? -1 : 1));
  }
  return byIssuer;
}

/** Where a decision is recorded. */
export function positionOf({ end }: DecidedOperation) {
  return end.decision.label.position;
}

/** A decision in the words of the issuer model. */
export function recordOf({ request, end }: DecidedOperation): RecordedDecision {
  const { decision } = end;
  return {
    ...request,
    approved: decision.decision === "APPROVED",
    declineReason: decision.decision === "DECLINED" ? decision.reason : "",
    position: decision.label.position,
  };
}
