import { type Decision, isSamePosition } from "../../../client/index.ts";
import type { History } from "../history/history.ts";

/**
 * One token has one outcome: every answer to it, whenever and through whichever router, has the
 * decision, reason, reservation and position of the first; and no two tokens share a position.
 * @returns what is wrong, one sentence for every offending token
 */
export function oneTokenOneOutcome(history: History): string[] {
  return [...contradictions(history), ...sharedPositions(history)];
}

function contradictions({ repeats }: History): string[] {
  return repeats
    .filter(({ operation, decision }) => !isSameOutcome(operation.end.decision, decision))
    .map(({ operation: { request, end }, decision }) => {
      return `${request.token} was ${describe(end.decision)}, later ${describe(decision)}`;
    });
}

function sharedPositions(history: History): string[] {
  const tokenAt = new Map<string, string>();
  const findings: string[] = [];
  for (const { request, end } of history.decided) {
    const { shardId, generation, lsn } = end.decision.label.position;
    const position = `${shardId}/${generation}/${lsn}`;
    const other = tokenAt.get(position);
    if (other !== undefined && other !== request.token) {
      findings.push(`${other} and ${request.token} both stand at ${position}`);
    }
    tokenAt.set(position, request.token);
  }
  return findings;
}

function isSameOutcome(a: Decision, b: Decision): boolean {
  return (
    a.decision === b.decision &&
    declineReason(a) === declineReason(b) &&
    a.reservationId === b.reservationId &&
    isSamePosition(a.label.position, b.label.position)
  );
}

function declineReason(decision: Decision): string {
  return decision.decision === "DECLINED" ? decision.reason : "";
}

function describe(decision: Decision): string {
  const { generation, lsn } = decision.label.position;
  return `${decision.decision} ${declineReason(decision)} ${decision.reservationId} at ${generation}/${lsn}`;
}
