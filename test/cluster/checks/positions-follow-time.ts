import type { History } from "../history/history.ts";
import { issuerHistories } from "./issuer-histories.ts";

/**
 * The order of positions respects real time: a request that was sent after another one had been
 * answered stands behind it. With a sequential model that holds in the order of positions, this
 * makes the history of every issuer linearizable.
 */
export function positionsFollowTime(history: History): string[] {
  const findings: string[] = [];
  for (const [issuerId, operations] of issuerHistories(history)) {
    let latest = { invokedMs: Number.NEGATIVE_INFINITY, token: "" };
    for (const { request, invokedMs, endedMs } of operations) {
      if (endedMs < latest.invokedMs) {
        findings.push(`${issuerId}: ${latest.token} was sent after ${request.token} and stands before it`);
      }
      if (invokedMs > latest.invokedMs) latest = { invokedMs, token: request.token };
    }
  }
  return findings;
}
