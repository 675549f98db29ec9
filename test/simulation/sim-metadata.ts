import { parse as parseUuid, v4 as uuid } from "uuid";
import type { Change } from "../../metadata/model/changes.ts";
import type { PublishedGeneration } from "../../metadata/model/configuration.ts";
import { MetadataEngine } from "../../metadata/model/metadata-engine.ts";
import type { SealCommand } from "../../metadata/model/operations/operation.ts";
import { isRefusal } from "../../metadata/model/refusal.ts";
import type { MetadataRequest, RequestKind, Step } from "../../metadata/model/requests.ts";
import type { ShardConfiguration } from "../../node/shard/configuration.ts";
import type { ShardHeartbeat } from "../../metadata/model/liveness.ts";
import type { ProposeRestart } from "../../node/shard/events.ts";
import type { World } from "./world.ts";

const DELAY_MS = { min: 1, max: 30 };
const SHARD_ID = 0;
const CLUSTER_ID = "simulated";

/** A node of the simulated cluster, as metadata knows it. */
export type SimNodeIdentity = { readonly nodeId: string; readonly region: string; readonly zone: string };

/** How the metadata service reaches a node in its current run. */
export type NodeDoor = {
  onConfiguration(configuration: ShardConfiguration): void;
  /** Asks for a promise; never answered when the node dies first. */
  seal(generation: number, onAnswer: (answer: SealedEnd) => void): void;
};

/** A node's answer to a seal. */
export type SealedEnd = {
  readonly promisedGeneration: number;
  readonly endGeneration: number;
  readonly endLsn: number;
  readonly grantRemainingMs: number;
};

const TICK_MS = 100;

/**
 * The metadata service of the simulated cluster: the production engine behind a network with
 * delays and losses, restarted from its persisted changes.
 */
export class SimMetadata {
  readonly #world: World;
  readonly #regions: readonly string[];
  readonly #watchers = new Map<string, NodeDoor>();
  /** Boot id of the newest run of each node. */
  readonly #runs = new Map<string, string>();
  /** Nodes whose data directory has learned the cluster's id. */
  readonly #members = new Set<string>();
  readonly #facts: Change[] = [];
  #engine: MetadataEngine;
  #isUp = true;

  constructor(world: World, regions: readonly string[]) {
    this.#world = world;
    this.#regions = regions;
    this.#engine = this.#start();
    this.#tick();
  }

  get configuration(): ShardConfiguration | undefined {
    const lineage = this.#engine.state.shards.get(SHARD_ID);
    return lineage === undefined ? undefined : configurationOf(lineage.current);
  }

  /** The process dies, and comes back with what it had persisted. */
  restart(downMs: number): void {
    this.#isUp = false;
    this.#world.cover("metadata restart");
    this.#world.after(downMs, () => {
      this.#engine = this.#start();
      this.#isUp = true;
    });
  }

  /** Registers a node; it hears of configurations from then on, for this run. */
  register(node: SimNodeIdentity, bootId: string, door: NodeDoor): void {
    this.#watchers.delete(node.nodeId);
    this.#runs.set(node.nodeId, bootId);
    const record = { ...node, address: `${node.nodeId}:1`, addressByRegion: {}, bootId };
    const attempt = (): void => {
      if (this.#runs.get(node.nodeId) !== bootId) return;
      this.#call(
        { kind: "register_node", node: record, clusterId: this.#members.has(node.nodeId) ? CLUSTER_ID : "" },
        (step) => {
          if (this.#runs.get(node.nodeId) !== bootId) return;
          if (step === undefined || isRefusal(step.answer)) return this.#world.after(200, attempt);
          this.#members.add(node.nodeId);
          this.#watchers.set(node.nodeId, door);
          if (this.configuration !== undefined) this.#tell(node.nodeId, this.configuration);
        },
      );
    };
    attempt();
  }

  /** A sign of life; says whether the node got a lease of its leadership. */
  keepAlive(nodeId: string, bootId: string, heartbeat: ShardHeartbeat, onLeased: () => void): void {
    this.#call({ kind: "keep_alive", nodeId, bootId, shards: [heartbeat] }, (step) => {
      if (step === undefined || isRefusal(step.answer)) return;
      if (step.answer.leasedShardIds.includes(SHARD_ID)) onLeased();
      for (const newer of step.answer.newer) this.#tell(nodeId, configurationOf(newer));
    });
  }

  /** The same leader asks for the next generation; an unanswered call is asked again with the same operation. */
  propose(nodeId: string, command: ProposeRestart): void {
    const watcher = this.#watchers.get(nodeId);
    const current = this.configuration;
    if (current === undefined) return;
    const published = this.#engine.state.lineage(current.shardId).current.config;
    const config = {
      ...published,
      generation: command.generation,
      startLsn: command.startLsn,
      operationId: command.operationId,
      changeKind: "LOSSLESS" as const,
    };
    const { expectedGeneration } = command;
    this.#call({ kind: "propose_configuration", expectedGeneration, config, proposer: nodeId }, (step) => {
      if (this.#watchers.get(nodeId) !== watcher) return;
      if (step === undefined) return this.#world.after(200, () => this.propose(nodeId, command));
      if (!isRefusal(step.answer)) this.#tell(nodeId, configurationOf(step.answer));
    });
  }

  #call<K extends RequestKind>(
    request: MetadataRequest<K>,
    onAnswer: (step: Step<K> | undefined) => void,
  ): void {
    const isLost = this.#world.chance(0.02);
    this.#world.after(this.#world.delay(DELAY_MS.min, DELAY_MS.max), () => {
      if (!this.#isUp || isLost) return this.#world.after(500, () => onAnswer(undefined));
      const step = this.#step(request);
      const isAnswerLost = this.#world.chance(0.02);
      this.#world.after(this.#world.delay(DELAY_MS.min, DELAY_MS.max), () =>
        onAnswer(isAnswerLost ? undefined : step),
      );
    });
  }

  /** One step of the engine; what it decided is durable before anybody hears of it. */
  #step<K extends RequestKind>(request: MetadataRequest<K>): Step<K> {
    const { nowMs, wallMs } = this.#world;
    const step = this.#engine.step(request, { monotonicMs: nowMs, wallMs });
    this.#facts.push(...step.changes);
    for (const change of step.changes) this.#traceChange(change);
    for (const generation of step.announcement.shards) this.#announce(configurationOf(generation));
    for (const command of step.commands) this.#seal(command);
    return step;
  }

  #traceChange(change: Change): void {
    if (change.kind === "operation_changed") {
      const { kind, phase, attempt } = change.operation;
      this.#world.cover(`operation ${kind} ${phase}${attempt > 1 ? " again" : ""}`);
    }
    if (change.kind !== "configuration_published") return;
    const { generation, leader, ackSet, startLsn } = change.config;
    this.#world.cover(`published leader ${leader} of ${ackSet.length}`);
    this.#world.trace(`published ${generation}: ${leader} with ${ackSet.join(",")} from ${startLsn}`);
  }

  #tick(): void {
    this.#world.after(TICK_MS, () => {
      if (this.#isUp) this.#step({ kind: "tick" });
      this.#tick();
    });
  }

  #seal({ nodeId, shardId, operationId, generation }: SealCommand): void {
    this.#world.cover("seal asked");
    if (this.#world.chance(0.02)) return;
    this.#world.after(this.#world.delay(DELAY_MS.min, DELAY_MS.max), () => {
      this.#watchers.get(nodeId)?.seal(generation, (end) => {
        this.#call({ kind: "seal_answered", shardId, operationId, nodeId, generation, ...end }, () => {});
      });
    });
  }

  #announce(configuration: ShardConfiguration): void {
    for (const nodeId of this.#watchers.keys()) {
      this.#world.after(this.#world.delay(DELAY_MS.min, DELAY_MS.max), () =>
        this.#tell(nodeId, configuration),
      );
    }
  }

  #tell(nodeId: string, configuration: ShardConfiguration): void {
    this.#watchers.get(nodeId)?.onConfiguration(configuration);
  }

  #start(): MetadataEngine {
    const shape = { regions: this.#regions, shardCount: 1, nodesPerRegion: 1 };
    const { nowMs } = this.#world;
    const newId = (): string => uuid({ random: this.#world.random.bytes(16) });
    const options = { clusterId: CLUSTER_ID, shape, nodeSilentAfterMs: 3000, startMs: nowMs, newId };
    return new MetadataEngine(options, this.#facts);
  }
}

/** A published generation as the shard engine takes it. */
function configurationOf({ config, establishTimeMs }: PublishedGeneration): ShardConfiguration {
  return {
    ...config,
    incarnation: parseUuid(config.incarnation),
    established: establishTimeMs !== undefined,
  };
}
