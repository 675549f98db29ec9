import type { DescribeShardResponse } from "../../proto/gen/harborpoint/admin/v1/admin_pb.ts";

/** One replica's state, as it says itself. */
export interface ReplicaState {
  readonly nodeId: string;
  readonly appliedLsn: bigint;
  /** SHA-256 in hexadecimal; empty when the replica did not answer. */
  readonly stateHash: string;
}

/** How the replicas of a shard stand to each other. */
export type ReplicaComparison =
  | { readonly verdict: "equal" }
  /** Not all at the same position yet, or not all have answered: ask again. */
  | { readonly verdict: "pending"; readonly message: string }
  /** Different states at the same position: no waiting cures that. */
  | { readonly verdict: "different"; readonly message: string };

/** Replicas of a shard out of its description, one for each the configuration names. */
export function replicaStates({ shard }: DescribeShardResponse): ReplicaState[] {
  return (shard?.config?.replicas ?? []).map((nodeId) => {
    const status = shard?.replicas.find((report) => report.nodeId === nodeId)?.status;
    const stateHash = Buffer.from(status?.stateHash ?? []).toString("hex");
    return { nodeId, appliedLsn: status?.appliedLsn ?? 0n, stateHash };
  });
}

/** Compares the replicas of one shard: all of them, at one position, with one state. */
export function compareReplicas(shardId: number, replicas: readonly ReplicaState[]): ReplicaComparison {
  const byPosition = Map.groupBy(replicas, ({ appliedLsn }) => appliedLsn);
  for (const atPosition of byPosition.values()) {
    const hashes = new Set(atPosition.map(({ stateHash }) => stateHash).filter((hash) => hash !== ""));
    if (hashes.size > 1) return { verdict: "different", message: describe(shardId, replicas) };
  }
  const isComplete = replicas.length > 1 && replicas.every(({ stateHash }) => stateHash !== "");
  if (isComplete && byPosition.size === 1) return { verdict: "equal" };
  return { verdict: "pending", message: describe(shardId, replicas) };
}

function describe(shardId: number, replicas: readonly ReplicaState[]): string {
  const states = replicas.map(({ nodeId, appliedLsn, stateHash }) => {
    return `${nodeId} at ${appliedLsn} ${stateHash === "" ? "without a hash" : stateHash.slice(0, 12)}`;
  });
  return `shard ${shardId}: ${states.join(", ")}`;
}
