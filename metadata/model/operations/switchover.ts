import type { Generation, ShardId } from "../../../common/units.ts";
import { invalid, type Refusal } from "../refusal.ts";
import { best, nextGroup } from "./next-group.ts";
import type { NextGroup, Operation } from "./operation.ts";
import type { OperationView } from "./reconfiguration.ts";

/** An operator asks for another leader. */
export type Switchover = {
  readonly shardId: ShardId;
  /** Generation that must be in force. */
  readonly expectedGeneration: Generation;
  /** Node that shall lead; undefined lets the service choose. */
  readonly target: string | undefined;
  /** Only say what would be done. */
  readonly dryRun: boolean;
};

/** What is being done, or would be. */
export type SwitchoverPlan = {
  /** Undefined for a dry run. */
  readonly operationId: string | undefined;
  readonly group: NextGroup;
};

/**
 * Plans a switchover, or says why there can be none now.
 * @param open the operation that is working on the shard
 */
export function planSwitchover(
  view: OperationView,
  request: Switchover,
  open: Operation | undefined,
): NextGroup | Refusal {
  const { current } = view;
  const { shardId, expectedGeneration } = request;
  if (current.generation !== expectedGeneration) return overtaken(shardId, current.generation);
  if (open !== undefined) return frozen(open);
  const leader = request.target === undefined ? chooseTarget(view) : checkTarget(view, request.target);
  if (typeof leader !== "string") return leader;
  return nextGroup(view, leader, new Set()) ?? unavailable(`nobody could acknowledge beside ${leader}`);
}

/** Another operation has the shard. */
function frozen({ shardId, operationId, kind }: Operation): Refusal {
  const message = `shard ${shardId}: operation ${operationId} (${kind}) is open`;
  return { refused: "SHARD_FROZEN", message, metadata: { operationId } };
}

function overtaken(shardId: ShardId, generation: Generation): Refusal {
  const message = `shard ${shardId}: generation ${generation} is in force`;
  return { refused: "GENERATION_CONFLICT", message, metadata: { generation: String(generation) } };
}

function chooseTarget(view: OperationView): string | Refusal {
  const { eligible, current, node } = view;
  const able = [...eligible].filter((nodeId) => typeof checkTarget(view, nodeId) === "string");
  const chosen = best(able, (nodeId) => [node(nodeId).region === current.homeRegion]);
  return chosen ?? unavailable("no other node that holds every acknowledged record is heard");
}

function checkTarget({ current, eligible, isHeard }: OperationView, target: string): string | Refusal {
  if (!current.replicas.includes(target))
    return invalid("target_node_id", `${target} does not hold the shard`);
  if (target === current.leader) return invalid("target_node_id", `${target} leads the shard already`);
  if (!eligible.has(target)) {
    return invalid("target_node_id", `${target} need not hold every acknowledged record`);
  }
  return isHeard(target) ? target : unavailable(`${target} is silent`);
}

function unavailable(message: string): Refusal {
  return { refused: "SYNC_PEER_UNAVAILABLE", message };
}
