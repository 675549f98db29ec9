import type { NodePlacement, ShardPlacement } from "./shard-map.ts";

/** Contract a read asks for. */
export type ReadContractKind = "linearizable" | "session" | "bounded" | "any";

/** What a bounded read does when nobody can prove its bound. */
export type StaleChoice = "fallback_leader" | "mark_stale" | "fail";

/** What a read asks of the shard's replicas. */
export type ReadWish = { readonly contract: ReadContractKind; readonly onStale: StaleChoice };

/** One node to ask. */
export type ReadStep = {
  readonly nodeId: string;
  /** Asks for any committed state, and the answer is labelled stale. */
  readonly acceptStale: boolean;
};

/** Which nodes to ask, in order; the first answer counts. */
export type ReadPlan = {
  readonly steps: readonly ReadStep[];
  /** Why no replica of the router's own region is asked although the contract allows one; else "". */
  readonly fallbackReason: "" | "NO_LOCAL_REPLICA";
};

/**
 * Chooses the nodes for a read: the nearest one the contract allows, then the leader, and for
 * `mark_stale` a local replica again on its own terms. A leader in the router's region is nearest
 * and keeps every contract, so it is asked alone.
 * @param nodeOf the shard map's view of a node; undefined for one not heard of yet
 */
export function planRead(
  wish: ReadWish,
  shard: ShardPlacement,
  region: string,
  nodeOf: (nodeId: string) => NodePlacement | undefined,
): ReadPlan {
  const leader = step(shard.leader);
  if (wish.contract === "linearizable") return { steps: [leader], fallbackReason: "" };
  const isLocal = (nodeId: string) => nodeOf(nodeId)?.region === region;
  const locals = isLocal(shard.leader) ? [] : spread(shard.replicas.filter(isLocal), shard.shardId);
  if (locals.length === 0) {
    const others = wish.contract === "any" ? followersOf(shard) : staleSteps(wish, followersOf(shard));
    return { steps: [leader, ...others], fallbackReason: isLocal(shard.leader) ? "" : "NO_LOCAL_REPLICA" };
  }
  if (wish.contract === "any") return { steps: [...locals.map(step), leader], fallbackReason: "" };
  return { steps: [step(locals[0]), leader, ...staleSteps(wish, locals.map(step))], fallbackReason: "" };
}

function step(nodeId: string): ReadStep {
  return { nodeId, acceptStale: false };
}

function followersOf(shard: ShardPlacement): ReadStep[] {
  return shard.replicas.filter((nodeId) => nodeId !== shard.leader).map(step);
}

function staleSteps(wish: ReadWish, steps: readonly ReadStep[]): ReadStep[] {
  if (wish.contract !== "bounded" || wish.onStale !== "mark_stale") return [];
  return steps.map(({ nodeId }) => ({ nodeId, acceptStale: true }));
}

/** The same nodes, starting elsewhere for every shard, so that one of several is not asked for everything. */
function spread(nodeIds: string[], shardId: number): string[] {
  const start = nodeIds.length === 0 ? 0 : shardId % nodeIds.length;
  return [...nodeIds.slice(start), ...nodeIds.slice(0, start)];
}
