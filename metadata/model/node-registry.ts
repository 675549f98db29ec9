import type { NodeRegistered } from "./changes.ts";
import type { Liveness } from "./liveness.ts";
import type { MetadataState } from "./metadata-state.ts";
import { type NodeRecord, sameNode } from "./node-record.ts";
import { invalid, type Refusal } from "./refusal.ts";

/** A node introduces itself at boot. */
export type RegisterNode = {
  readonly node: NodeRecord;
  /** Cluster its data belongs to; empty when its data directory is new. */
  readonly clusterId: string;
};

/** Nothing about the node is new. */
export type NodeUnchanged = { readonly kind: "node_unchanged" };

/** Decides whether a node may join, and protects data from nodes that come back without theirs. */
export function decideRegistration(
  state: MetadataState,
  liveness: Liveness,
  clusterId: string,
  regions: readonly string[],
  request: RegisterNode,
  nowMs: number,
): NodeRegistered | NodeUnchanged | Refusal {
  const { node } = request;
  const known = state.nodes.get(node.nodeId);
  const refusal =
    wrongPlace(state, regions, node, known) ??
    wrongData(state, clusterId, request) ??
    duplicateIdentity(liveness, node, known, nowMs);
  if (refusal !== undefined) return refusal;
  if (known !== undefined && sameNode(known, node)) return { kind: "node_unchanged" };
  return { kind: "node_registered", node };
}

/** Whether a node is a replica of any shard. */
function holdsShards(state: MetadataState, nodeId: string): boolean {
  return [...state.shards.values()].some(({ current }) => current.config.replicas.includes(nodeId));
}

function wrongPlace(
  state: MetadataState,
  regions: readonly string[],
  node: NodeRecord,
  known: NodeRecord | undefined,
): Refusal | undefined {
  if (!regions.includes(node.region)) {
    return invalid("node.region", `"${node.region}" is none of ${regions.join(", ")}`);
  }
  if (known === undefined || !holdsShards(state, node.nodeId)) return undefined;
  // Ack sets were placed by zone: moving one of their nodes would void that without a trace.
  if (known.region !== node.region) return invalid("node.region", `holds shards in ${known.region}`);
  if (known.zone !== node.zone) return invalid("node.zone", `holds shards in zone ${known.zone}`);
  return undefined;
}

/**
 * A node that must hold acknowledged records and comes with an empty disk lost them: letting it in
 * would count it as a copy. A disk of another cluster must not be mixed in either.
 */
function wrongData(
  state: MetadataState,
  clusterId: string,
  { node, clusterId: dataClusterId }: RegisterNode,
): Refusal | undefined {
  if (dataClusterId === clusterId) return undefined;
  if (dataClusterId !== "") {
    return invalid("cluster_id", `the data belongs to cluster ${dataClusterId}, this one is ${clusterId}`);
  }
  const lost = [...state.shards].filter(
    ([, lineage]) => lineage.everEstablished && lineage.eligible.has(node.nodeId),
  );
  if (lost.length === 0) return undefined;
  const shardIds = lost.map(([shardId]) => shardId).join(", ");
  return invalid("cluster_id", `${node.nodeId} must hold shards ${shardIds} but its data directory is empty`);
}

/** One id at two addresses is two nodes, unless the first one is gone. */
function duplicateIdentity(
  liveness: Liveness,
  node: NodeRecord,
  known: NodeRecord | undefined,
  nowMs: number,
): Refusal | undefined {
  if (known === undefined || known.bootId === node.bootId || known.address === node.address) return undefined;
  const retryAfterMs = liveness.deadInMs(node.nodeId, nowMs);
  if (retryAfterMs === 0) return undefined;
  return {
    refused: "METADATA_UNAVAILABLE",
    message: `another process runs as ${node.nodeId} at ${known.address}; it must be gone first`,
    retryAfterMs,
  };
}
