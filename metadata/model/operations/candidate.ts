import type { GroupView } from "./next-group.ts";
import { best, isFeasible, nextGroup } from "./next-group.ts";
import type { NextGroup, Operation, SealedLog } from "./operation.ts";

/** What the choice of the next leader goes by. */
export type CandidateView = GroupView & {
  /** Nodes that hold every acknowledged record. */
  readonly eligible: ReadonlySet<string>;
  /** Last LSN of a generation that is part of the lineage; Infinity for the newest one. */
  readonly endOf: (generation: number) => number;
};

/** The next leader and where its generation begins. */
export type Cut = { readonly group: NextGroup; readonly startLsn: number };

/**
 * Chooses the next leader among the nodes that answered the seal: the one the operation aims at, or,
 * once that one had its time, any other that holds every acknowledged record.
 *
 * @param isTargetLate the node aimed at had its time to answer
 * @returns undefined while nobody may lead or nobody is left to acknowledge beside them
 */
export function chooseCut(view: CandidateView, operation: Operation, isTargetLate: boolean): Cut | undefined {
  const leader = chooseLeader(view, operation, isTargetLate);
  if (leader === undefined) return undefined;
  const group = groupFor(view, operation, leader.nodeId);
  return group === undefined ? undefined : { group, startLsn: cutOf(view, leader) + 1 };
}

/**
 * Members a new group had better not count on: those of the generation that failed. An operator's
 * first wish trusts everybody.
 */
export function avoidedBy(
  { kind, attempt }: Pick<Operation, "kind" | "attempt">,
  failed: readonly string[],
): ReadonlySet<string> {
  return new Set(kind === "SWITCHOVER" && attempt === 1 ? [] : failed);
}

function chooseLeader(
  view: CandidateView,
  { kind, group, seals }: Operation,
  isTargetLate: boolean,
): SealedLog | undefined {
  const { eligible, isHeard, current, node } = view;
  const able = seals.filter(({ nodeId }) => eligible.has(nodeId) && isHeard(nodeId));
  const target = able.find(({ nodeId }) => nodeId === group.leader);
  if (target !== undefined || !isTargetLate) return target;
  const chosen = best(
    able.map(({ nodeId }) => nodeId),
    (nodeId) => [
      // A planned change that cannot be had leaves things as they were; a failover leaves its suspect.
      (nodeId === current.leader) === (kind !== "FAILOVER"),
      node(nodeId).region === current.homeRegion,
    ],
  );
  return able.find(({ nodeId }) => nodeId === chosen);
}

function groupFor(view: CandidateView, operation: Operation, leader: string): NextGroup | undefined {
  const { group } = operation;
  if (group.leader === leader && isFeasible(view, group)) return group;
  // A node that was aimed at and did not answer is no good partner either.
  const avoid = avoidedBy(operation, view.current.ackSet);
  return nextGroup(view, leader, new Set([...avoid, group.leader]));
}

/**
 * Everything durable on the candidate, as far as it lies within the lineage: beyond that are records
 * of a generation that a later one had cut off, and none of those was acknowledged.
 */
function cutOf({ endOf }: CandidateView, { endLsn, endGeneration }: SealedLog): number {
  return Math.min(endLsn, endOf(endGeneration));
}
