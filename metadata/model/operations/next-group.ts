import type { ShardConfig } from "../configuration.ts";
import { type NodeRecord, shareZone } from "../node-record.ts";
import type { NextGroup } from "./operation.ts";

/** What the choice of a group goes by. */
export type GroupView = {
  readonly current: ShardConfig;
  /** A registered node. */
  readonly node: (nodeId: string) => NodeRecord;
  /** It spoke within the suspicion time. */
  readonly isHeard: (nodeId: string) => boolean;
  /** It lives and follows the leader closely. */
  readonly isCaughtUp: (nodeId: string) => boolean;
};

/**
 * Chooses who acknowledges beside a leader: a replica in another zone of the leader's region
 * (LOCAL_SYNC), else one abroad (GEO_SYNC), the remote first. Only nodes that are heard.
 *
 * @param avoid nodes that are taken only when there is no other: they were silent, or part of what failed
 * @returns undefined when nobody is left to acknowledge
 */
export function nextGroup(
  view: GroupView,
  leader: string,
  avoid: ReadonlySet<string>,
): NextGroup | undefined {
  const peer = choosePeer(view, leader, avoid);
  const remote = chooseRemote(view, leader);
  if (peer === undefined || remote === undefined) return undefined;
  return { leader, ackSet: [leader, peer], remote, replicas: view.current.replicas };
}

/** Whether every node a group needs to make progress is heard. */
export function isFeasible({ isHeard }: GroupView, { ackSet }: NextGroup): boolean {
  return ackSet.every(isHeard);
}

function choosePeer(view: GroupView, leader: string, avoid: ReadonlySet<string>): string | undefined {
  const { current, node, isHeard, isCaughtUp } = view;
  const place = node(leader);
  const possible = current.replicas.filter(
    (nodeId) => nodeId !== leader && isHeard(nodeId) && !shareZone(node(nodeId), place),
  );
  return best(possible, (nodeId) => [
    !avoid.has(nodeId),
    isCaughtUp(nodeId),
    node(nodeId).region === place.region,
    nodeId === current.remote,
  ]);
}

/** The remote stays what it is as long as it stands abroad: another one would first have to prove itself. */
function chooseRemote({ current, node, isHeard }: GroupView, leader: string): string | undefined {
  const abroad = current.replicas.filter((nodeId) => node(nodeId).region !== node(leader).region);
  return best(abroad, (nodeId) => [
    nodeId === current.remote,
    isHeard(nodeId),
    node(nodeId).region === current.homeRegion,
  ]);
}

/** The first name with the best merits; the first merit counts most. */
export function best(
  nodeIds: readonly string[],
  merits: (nodeId: string) => readonly boolean[],
): string | undefined {
  const score = (nodeId: string): number => merits(nodeId).reduce((sum, merit) => sum * 2 + Number(merit), 0);
  let chosen: string | undefined;
  for (const nodeId of nodeIds) {
    if (chosen === undefined || score(nodeId) > score(chosen)) chosen = nodeId;
  }
  return chosen;
}
