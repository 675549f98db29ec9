import type { Change } from "../../metadata/model/changes.ts";
import type { ShardConfig } from "../../metadata/model/configuration.ts";
import type { ClusterShape } from "../../metadata/model/bootstrap.ts";
import type { Moment, ShardHeartbeat } from "../../metadata/model/liveness.ts";
import { type EngineOptions, MetadataEngine } from "../../metadata/model/metadata-engine.ts";
import type { NodeRecord } from "../../metadata/model/node-record.ts";
import { isRefusal, type Refusal } from "../../metadata/model/refusal.ts";
import type { Exchanges, MetadataRequest, RequestKind, Step } from "../../metadata/model/requests.ts";

/** Two regions with two nodes each, two shards. */
export const SHAPE: ClusterShape = { regions: ["madrid", "new-york"], shardCount: 2, nodesPerRegion: 2 };

export const SILENT_AFTER_MS = 3000;

/** A UUID that shows its number. */
export function uuid(number: number): string {
  return `00000000-0000-4000-8000-${String(number).padStart(12, "0")}`;
}

/** A node "madrid-1" in zone "madrid-z1", unless told otherwise. */
export function node(region: string, number: number, changes: Partial<NodeRecord> = {}): NodeRecord {
  return {
    nodeId: `${region}-${number}`,
    region,
    zone: `${region}-z${number}`,
    address: `${region}-${number}.example:7400`,
    addressByRegion: {},
    bootId: uuid(number),
    ...changes,
  };
}

export const FOUR_NODES = [
  node("madrid", 1),
  node("madrid", 2),
  node("new-york", 1),
  node("new-york", 2),
] as const;

/** What a healthy leader of a generation says. */
export function heartbeat(
  shardId: number,
  generation: number,
  changes: Partial<ShardHeartbeat> = {},
): ShardHeartbeat {
  return {
    shardId,
    generation,
    promisedGeneration: generation,
    established: true,
    hasAuthority: true,
    durableLsn: 10,
    committedLsn: 9,
    remoteDurableLsn: 8,
    ...changes,
  };
}

type OperationSwitches = Pick<EngineOptions, "automaticFailover" | "failoverAcrossRegions">;

/** An engine with a clock that a test moves, and everything it ever persisted. */
export class EngineHarness {
  readonly facts: Change[] = [];
  engine: MetadataEngine;
  nowMs = 1000;
  readonly #shape: ClusterShape;
  #ids = 1000;

  constructor(shape: ClusterShape = SHAPE) {
    this.#shape = shape;
    this.engine = this.#start();
  }

  get now(): Moment {
    return { monotonicMs: this.nowMs, wallMs: 1_700_000_000_000 + this.nowMs };
  }

  step<K extends RequestKind>(request: MetadataRequest<K>): Step<K> {
    const step = this.engine.step(request, this.now);
    this.facts.push(...step.changes);
    return step;
  }

  /** The answer of a request that must be granted. */
  granted<K extends RequestKind>(request: MetadataRequest<K>): Exchanges[K]["answer"] {
    const { answer } = this.step(request);
    if (isRefusal(answer)) throw new Error(`refused: ${answer.message}`);
    return answer;
  }

  /** The refusal of a request that must be refused. */
  refused<K extends RequestKind>(request: MetadataRequest<K>): Refusal {
    const { answer, changes } = this.step(request);
    if (!isRefusal(answer)) throw new Error(`granted: ${JSON.stringify(answer)}`);
    if (changes.length > 0) throw new Error("a refusal changed something");
    return answer;
  }

  /** Registers nodes, four by default, which places the shards. */
  bootstrap(nodes: readonly NodeRecord[] = FOUR_NODES): this {
    for (const record of nodes) this.register(record);
    return this;
  }

  register(record: NodeRecord, clusterId = "cluster"): NodeRecord {
    return this.granted({ kind: "register_node", node: record, clusterId });
  }

  /** The configuration in force. */
  config(shardId = 0): ShardConfig {
    return this.engine.state.lineage(shardId).current.config;
  }

  /** The leader of a shard says that it serves. */
  establish(shardId = 0): void {
    const { leader, generation } = this.config(shardId);
    const { bootId } = this.engine.state.node(leader);
    this.granted({ kind: "keep_alive", nodeId: leader, bootId, shards: [heartbeat(shardId, generation)] });
  }

  /** What a restarted leader asks for. */
  proposal(
    shardId = 0,
    changes: Partial<ShardConfig> = {},
    proposer = this.config(shardId).leader,
  ): MetadataRequest<"propose_configuration"> {
    const current = this.config(shardId);
    return {
      kind: "propose_configuration",
      expectedGeneration: current.generation,
      proposer,
      config: {
        ...current,
        generation: current.generation + 1,
        startLsn: current.startLsn + 10,
        changeKind: "LOSSLESS",
        operationId: this.newId(),
        ...changes,
      },
    };
  }

  /** A process with the same disk and no memory. */
  restart(switches: OperationSwitches = {}): void {
    this.engine = this.#start(switches);
  }

  newId(): string {
    return uuid(this.#ids++);
  }

  #start(switches: OperationSwitches = {}): MetadataEngine {
    return new MetadataEngine(
      {
        clusterId: "cluster",
        shape: this.#shape,
        nodeSilentAfterMs: SILENT_AFTER_MS,
        startMs: this.nowMs,
        newId: () => this.newId(),
        ...switches,
      },
      this.facts,
    );
  }
}
