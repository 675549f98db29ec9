import { type Decision, isSamePosition, type TokenStatusAnswer } from "../../../client/index.ts";
import type { History } from "../history/history.ts";

/** What the store says of a token in the end. */
export type FinalStatus = Pick<TokenStatusAnswer, "status" | "decision">;

/** Says what the store holds, by token; a token it was not asked for is missing. */
export type FinalStatuses = ReadonlyMap<string, FinalStatus>;

/**
 * Every decision a client was told is still there, with its position.
 * @returns one sentence for every acknowledged write that is lost
 */
export function acknowledgedSurvives(history: History, statuses: FinalStatuses): string[] {
  return history.decided.flatMap(({ request, end }) => {
    const found = statuses.get(request.token);
    if (found !== undefined && isStill(end.decision, found)) return [];
    return [
      `${request.kind} ${request.token} was ${end.decision.decision} and is ${found?.status ?? "missing"}`,
    ];
  });
}

/**
 * What was refused as "not recorded" never shows up.
 * @returns one sentence for every refused request that took effect after all
 */
export function refusedStaysAway(history: History, statuses: FinalStatuses): string[] {
  return history.operations.flatMap(({ request, end }) => {
    const status = statuses.get(request.token)?.status;
    if (end.type !== "refused" || (status !== "APPROVED" && status !== "DECLINED")) return [];
    return [`${request.kind} ${request.token} was refused (${end.error.reason}) and is ${status}`];
  });
}

function isStill(told: Decision, found: FinalStatus): boolean {
  if (found.decision === undefined || found.status !== told.decision) return false;
  return isSamePosition(found.decision.label.position, told.label.position);
}
