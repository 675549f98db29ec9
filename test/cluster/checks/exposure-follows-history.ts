import { auditIssuer, type ObservedIssuer } from "../../../workload/audit/issuer-audit.ts";
import { IssuerModel, type RuleBreach } from "../../../workload/issuer-model.ts";
import type { History } from "../history/history.ts";
import { issuerHistories, recordOf } from "./issuer-histories.ts";

/** An issuer of a history: where it began, and what the store says of it in the end. */
export interface CheckedIssuer {
  readonly issuerId: string;
  /** Limit at registration. */
  readonly limitMinor: number;
  readonly observed: ObservedIssuer;
}

/**
 * The decisions of every issuer, replayed in the order of their positions by an independent model,
 * keep every rule, none above the limit in force; and the store's exposure, limit, counts and list
 * of open reservations are exactly what comes out. The history must know all outcomes.
 */
export function exposureFollowsHistory(history: History, issuers: readonly CheckedIssuer[]): string[] {
  const histories = issuerHistories(history);
  return issuers.flatMap(({ issuerId, limitMinor, observed }) => {
    const model = new IssuerModel(limitMinor);
    const breaches: RuleBreach[] = [];
    for (const operation of histories.get(issuerId) ?? []) {
      const breach = model.apply(recordOf(operation));
      if (breach !== undefined) breaches.push(breach);
    }
    const { sums, open } = model;
    return auditIssuer({ issuerId, isComplete: true, sums, open, breaches }, observed).findings;
  });
}
