import { create } from "@bufbuild/protobuf";
import type { CallContext } from "../../common/rpc/call-context.ts";
import {
  type DescribeShardRequest,
  type DescribeShardResponse,
  DescribeShardResponseSchema,
  type GetClusterStatusResponse,
  GetClusterStatusResponseSchema,
  type NodeStatus,
  NodeStatusSchema,
  type Problem as ProblemMessage,
  ProblemSchema,
  Severity,
  type ShardStatus,
} from "../../proto/gen/harborpoint/admin/v1/admin_pb.ts";
import type { Finding } from "../model/finding.ts";
import type { NodeRecord } from "../model/node-record.ts";
import { clusterProblems, type Problem } from "../model/problems.ts";
import type { EngineDriver } from "../engine-driver.ts";
import { knownShard } from "./metadata-handlers.ts";
import type { ReplicaPoll } from "./replica-poll.ts";
import { shardStatus, statusFromHeartbeat } from "./replica-reports.ts";
import { lineageEntryMessage, nodeInfoMessage } from "./shard-map-messages.ts";

/** An overview waits this long for nodes at most; then their heartbeats must do. */
const OVERVIEW_POLL_MS_MAX = 500;

/** A description waits longer; state hashes take the time to read the state. */
const DESCRIBE_POLL_MS_MAX = 2000;
const HASH_POLL_MS_MAX = 30_000;

/** Part of a caller's deadline that is kept for the way back. */
const ANSWER_MS = 50;

/** Answers operators who ask how things stand. */
export class ClusterStatus {
  readonly #driver: EngineDriver;
  readonly #poll: ReplicaPoll;
  readonly #clusterId: string;
  readonly #warnings: readonly Finding[];

  constructor(driver: EngineDriver, poll: ReplicaPoll, clusterId: string, warnings: readonly Finding[]) {
    this.#driver = driver;
    this.#poll = poll;
    this.#clusterId = clusterId;
    this.#warnings = warnings;
  }

  /** Nodes, shards and what is wrong. */
  async overview(context: CallContext): Promise<GetClusterStatusResponse> {
    const shards = await this.shards(context);
    const { engine } = this.#driver;
    const problems = clusterProblems(engine, this.#warnings, this.#driver.now());
    return create(GetClusterStatusResponseSchema, {
      clusterId: this.#clusterId,
      nodes: [...engine.state.nodes.values()].map((node) => this.#nodeStatus(node)),
      shards,
      problems: problems.map(problemMessage),
    });
  }

  /** Every shard; replicas of silent nodes as their last heartbeat left them. */
  async shards(context: CallContext): Promise<ShardStatus[]> {
    const { state, liveness } = this.#driver.engine;
    const nowMs = this.#driver.now().monotonicMs;
    const polled = await this.#poll.ask({
      nodeIds: [...state.nodes.keys()].filter((nodeId) => liveness.isAlive(nodeId, nowMs)),
      shardIds: [],
      withStateHash: false,
      deadlineMs: pollMs(context, OVERVIEW_POLL_MS_MAX),
    });
    return [...state.shards.values()].map(({ current }) =>
      shardStatus(
        current,
        (nodeId, shardId) =>
          polled.get(nodeId)?.get(shardId) ?? statusFromHeartbeat(liveness, current.config, nodeId),
      ),
    );
  }

  /** One shard and its lineage; only replicas that answered now have a status. */
  async describe(request: DescribeShardRequest, context: CallContext): Promise<DescribeShardResponse> {
    const { shardId, withStateHash } = request;
    const lineage = knownShard(this.#driver.engine, shardId);
    const polled = await this.#poll.ask({
      nodeIds: lineage.current.config.replicas,
      shardIds: [shardId],
      withStateHash,
      deadlineMs: pollMs(context, withStateHash ? HASH_POLL_MS_MAX : DESCRIBE_POLL_MS_MAX),
    });
    return create(DescribeShardResponseSchema, {
      shard: shardStatus(lineage.current, (nodeId) => polled.get(nodeId)?.get(shardId)),
      lineage: lineage.generations.map(lineageEntryMessage),
    });
  }

  #nodeStatus(node: NodeRecord): NodeStatus {
    const { liveness } = this.#driver.engine;
    const nowMs = this.#driver.now().monotonicMs;
    const silentMs = liveness.silentMs(node.nodeId, nowMs);
    return create(NodeStatusSchema, {
      info: nodeInfoMessage(node, liveness.lastSeen(node.nodeId)),
      alive: liveness.isAlive(node.nodeId, nowMs),
      ...(silentMs !== undefined && { silentMs: Math.round(silentMs) }),
    });
  }
}

function pollMs(context: CallContext, maxMs: number): number {
  return Math.max(0, Math.min(maxMs, context.remainingMs() - ANSWER_MS));
}

function problemMessage({ severity, nodeId, ...problem }: Problem): ProblemMessage {
  return create(ProblemSchema, { ...problem, nodeId: nodeId ?? "", severity: Severity[severity] });
}
