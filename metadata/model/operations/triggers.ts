import { avoidedBy } from "./candidate.ts";
import { best, nextGroup } from "./next-group.ts";
import type { NextGroup, OperationKind } from "./operation.ts";
import type { OperationView } from "./reconfiguration.ts";
import type { ShardWatch } from "./shard-watch.ts";

/** What a shard needs, and why. */
export type Wish = {
  readonly kind: OperationKind;
  readonly reason: string;
  readonly group: NextGroup;
  /** The shard serves and could do without it. */
  readonly atLeisure: boolean;
};

/** What triggers look at. */
export type TriggerView = OperationView & {
  readonly watch: ShardWatch;
  /** Any generation of the shard ever served. */
  readonly isEverEstablished: boolean;
  /** A failover may move the shard out of its home region by itself. */
  readonly mayLeaveRegion: boolean;
  /** Milliseconds since a node spoke; since this process started, if it never did. */
  readonly quietMs: (nodeId: string) => number;
};

/** What a shard that no operation is working on needs now; undefined when it is fine or nothing can be done. */
export function wishFor(view: TriggerView, nowMs: number): Wish | undefined {
  return failover(view, nowMs) ?? replaceMember(view) ?? returnHome(view, nowMs);
}

/** Never held back: a shard whose leader cannot acknowledge has nothing to lose. */
function failover(view: TriggerView, nowMs: number): Wish | undefined {
  const reason = failureOfLeader(view, nowMs);
  if (reason === undefined) return undefined;
  const group = failoverGroup(view);
  return group === undefined ? undefined : { kind: "FAILOVER", reason, group, atLeisure: false };
}

/**
 * Counted from the last progress, so that a new leader gets its time. Without authority does not
 * mean silent: a leader that lost its peer needs another peer, not a successor.
 */
function failureOfLeader(view: TriggerView, nowMs: number): string | undefined {
  const { current, watch, timings, quietMs, isHeard, isEstablished, isEverEstablished } = view;
  const { leader, ackSet } = current;
  const stuckMs = watch.withoutProgressMs(nowMs);
  if (quietMs(leader) >= timings.suspicionMs) {
    return stuckMs >= timings.suspicionMs ? `leader ${leader} is silent` : undefined;
  }
  if (!isEstablished) {
    const isLate = isEverEstablished && stuckMs >= timings.establishMs;
    return isLate ? `leader ${leader} does not start generation ${current.generation}` : undefined;
  }
  const isStuck = stuckMs >= timings.noAuthorityMs && ackSet.every(isHeard);
  return isStuck ? `leader ${leader} may not acknowledge` : undefined;
}

function failoverGroup(view: TriggerView): NextGroup | undefined {
  const { current, eligible, isHeard, node, mayLeaveRegion } = view;
  const regions = [current.homeRegion, node(current.leader).region];
  const able = [...eligible].filter(
    (nodeId) =>
      nodeId !== current.leader &&
      isHeard(nodeId) &&
      (mayLeaveRegion || regions.includes(node(nodeId).region)),
  );
  const leader = best(able, (nodeId) => [node(nodeId).region === current.homeRegion]);
  if (leader === undefined) return undefined;
  return nextGroup(view, leader, avoidedBy({ kind: "FAILOVER", attempt: 1 }, current.ackSet));
}

/** A member that is gone stops every write, so it is replaced by whoever can acknowledge. */
function replaceMember(view: TriggerView): Wish | undefined {
  const { current, timings, quietMs, isHeard } = view;
  const { leader, ackSet } = current;
  const lost = ackSet.filter((nodeId) => nodeId !== leader && quietMs(nodeId) >= timings.memberLostMs);
  if (lost.length === 0 || !isHeard(leader)) return undefined;
  const group = nextGroup(view, leader, new Set(lost));
  if (group === undefined || group.ackSet.every((nodeId) => ackSet.includes(nodeId))) return undefined;
  return { kind: "ACK_SET", reason: `${lost.join(", ")} is silent`, group, atLeisure: false };
}

/** A shard that acknowledges over the ocean goes back to a peer at home once one keeps up again. */
function returnHome(view: TriggerView, nowMs: number): Wish | undefined {
  const { current, watch, timings, node, isEstablished } = view;
  const hasAuthority = isEstablished && watch.withoutProgressMs(nowMs) < timings.suspicionMs;
  if (!hasAuthority || !watch.mayChangeAtLeisure(nowMs)) return undefined;
  const { leader, ackSet } = current;
  const isNear = (nodeId: string): boolean => node(nodeId).region === node(leader).region;
  if (ackSet.some((nodeId) => nodeId !== leader && isNear(nodeId))) return undefined;
  const group = nextGroup(view, leader, new Set());
  const peer = group?.ackSet.find((nodeId) => nodeId !== leader);
  if (group === undefined || peer === undefined || !isNear(peer)) return undefined;
  if (watch.caughtUpForMs(peer, nowMs) < timings.caughtUpForMs) return undefined;
  return { kind: "ACK_SET", reason: `${peer} has caught up`, group, atLeisure: true };
}
