import type { ConfigurationPublished } from "../../../../metadata/model/changes.ts";
import type { Operation, SealCommand } from "../../../../metadata/model/operations/operation.ts";
import { isRefusal } from "../../../../metadata/model/refusal.ts";
import type { MetadataRequest, RequestKind, Step } from "../../../../metadata/model/requests.ts";
import { EngineHarness, FOUR_NODES, node as nodeRecord, uuid } from "../../fixtures.ts";
import { ModelReplica } from "./model-node.ts";

const STEP_MS = 50;
const KEEP_ALIVE_MS = 250;
const TICK_MS = 100;
const WAIT_MS_MAX = 10_000;

type Acknowledged = { readonly shardId: number; readonly lsn: number; readonly generation: number };

/** Events a model can be told to break off at. */
export type StepHook = (model: ClusterModel) => void;

/**
 * Four nodes in two regions, their logs, promises and grants as plain values, around the real
 * metadata engine. Time moves in steps of 50 ms. What the protocol forbids throws at once: a cut below
 * an acknowledged record, two nodes with authority over one shard.
 */
export class ClusterModel {
  readonly metadata: EngineHarness;
  readonly shardIds: readonly number[];
  readonly acknowledged: Acknowledged[] = [];
  readonly published: ConfigurationPublished[] = [];
  readonly down = new Set<string>();
  /** Nodes that the metadata service neither hears nor reaches. */
  readonly unheard = new Set<string>();
  /** Nodes that do not answer seals, whatever else they do. */
  readonly deafToSeals = new Set<string>();
  /** Leaders that do not get their generation started. */
  readonly stuck = new Set<string>();
  /** Pairs of nodes that do not reach each other, as "a b". */
  readonly cut = new Set<string>();
  /** What to do after every step of the engine that changed something. */
  onStep: StepHook = () => {};
  readonly #replicas = new Map<string, ModelReplica>();
  readonly #bootIds = new Map<string, string>();
  #inFlight: { readonly atMs: number; readonly command: SealCommand }[] = [];
  #answerDelayMs = 10;
  #boots = 100;

  constructor() {
    this.metadata = new EngineHarness();
    for (const { nodeId, bootId } of FOUR_NODES) this.#bootIds.set(nodeId, bootId);
    this.metadata.bootstrap();
    this.shardIds = [...this.metadata.engine.state.shards.keys()];
    this.run(2000);
  }

  get nowMs(): number {
    return this.metadata.nowMs;
  }

  get nodeIds(): readonly string[] {
    return FOUR_NODES.map(({ nodeId }) => nodeId);
  }

  replica(nodeId: string, shardId = 0): ModelReplica {
    const key = `${nodeId} ${shardId}`;
    const known = this.#replicas.get(key) ?? new ModelReplica();
    this.#replicas.set(key, known);
    return known;
  }

  /** Operations, oldest first. */
  get operations(): readonly Operation[] {
    return this.metadata.engine.state.operations.list().toReversed();
  }

  config(shardId = 0) {
    return this.metadata.config(shardId);
  }

  isServing(shardId = 0): boolean {
    const { config, establishTimeMs } = this.metadata.engine.state.lineage(shardId).current;
    const replica = this.replica(config.leader, shardId);
    return (
      establishTimeMs !== undefined &&
      this.#isUp(config.leader) &&
      replica.hasAuthority(config.leader, this.nowMs)
    );
  }

  /** Lets time pass until a shard serves and no operation works on it; milliseconds it took, Infinity when it does not within the limit. */
  runUntilServing(maxMs: number, shardId = 0): number {
    const startMs = this.nowMs;
    while (!this.isServing(shardId) || this.metadata.engine.state.operations.open(shardId) !== undefined) {
      if (this.nowMs - startMs > maxMs) return Number.POSITIVE_INFINITY;
      this.run(STEP_MS);
    }
    return this.nowMs - startMs;
  }

  /** Lets time pass until something holds; throws when it does not within ten seconds. */
  runUntil(holds: () => boolean): void {
    const deadlineMs = this.nowMs + WAIT_MS_MAX;
    while (!holds()) {
      if (this.nowMs > deadlineMs) throw new Error(`not within ${WAIT_MS_MAX} ms`);
      this.run(STEP_MS);
    }
  }

  run(ms: number): void {
    for (let passedMs = 0; passedMs < ms; passedMs += STEP_MS) this.#moment();
  }

  crash(nodeId: string): void {
    this.down.add(nodeId);
  }

  boot(nodeId: string): void {
    this.down.delete(nodeId);
    this.#bootIds.set(nodeId, uuid(this.#boots++));
    for (const shardId of this.shardIds) this.replica(nodeId, shardId).restart(this.nowMs);
    this.#register(nodeId);
  }

  /** Answers to seals take this long from now on. */
  answersTakeMs(ms: number): void {
    this.#answerDelayMs = ms;
  }

  restartMetadata(): void {
    this.metadata.restart();
    this.#inFlight = [];
  }

  step<K extends RequestKind>(request: MetadataRequest<K>): Step<K> {
    const step = this.metadata.step(request);
    for (const change of step.changes) if (change.kind === "configuration_published") this.#check(change);
    const atMs = this.nowMs + this.#answerDelayMs;
    this.#inFlight.push(...step.commands.map((command) => ({ atMs, command })));
    if (step.changes.length > 0) {
      for (const { config } of step.announcement.shards) this.#tellAll(config.shardId);
      this.onStep(this);
    }
    return step;
  }

  #moment(): void {
    this.metadata.nowMs += STEP_MS;
    for (const shardId of this.shardIds) this.#replicate(shardId);
    if (this.nowMs % KEEP_ALIVE_MS === 0) for (const nodeId of this.nodeIds) this.#keepAlive(nodeId);
    this.#answerSeals();
    if (this.nowMs % TICK_MS === 0) this.step({ kind: "tick" });
    for (const shardId of this.shardIds) this.#checkAuthority(shardId);
  }

  #isUp(nodeId: string): boolean {
    return !this.down.has(nodeId);
  }

  #isReached(nodeId: string): boolean {
    return this.#isUp(nodeId) && !this.unheard.has(nodeId);
  }

  #areLinked(a: string, b: string): boolean {
    return !this.cut.has(`${a} ${b}`) && !this.cut.has(`${b} ${a}`);
  }

  #register(nodeId: string): void {
    const record = FOUR_NODES.find((each) => each.nodeId === nodeId) ?? nodeRecord("", 0);
    const bootId = this.#bootIds.get(nodeId) ?? "";
    if (!this.#isReached(nodeId)) return;
    this.step({ kind: "register_node", node: { ...record, bootId }, clusterId: "cluster" });
    for (const shardId of this.shardIds) this.#tell(nodeId, shardId);
  }

  #keepAlive(nodeId: string): void {
    if (!this.#isReached(nodeId)) return;
    const shards = this.shardIds.map((shardId) => {
      const replica = this.replica(nodeId, shardId);
      return {
        shardId,
        generation: replica.heard?.config.generation ?? 0,
        promisedGeneration: replica.promised,
        established: replica.isStartCommitted,
        hasAuthority: replica.claimsAuthority(nodeId, this.nowMs),
        durableLsn: replica.log.length,
        committedLsn: replica.committedLsn,
        remoteDurableLsn: 0,
      };
    });
    const bootId = this.#bootIds.get(nodeId) ?? "";
    const { answer } = this.step({ kind: "keep_alive", nodeId, bootId, shards });
    if (isRefusal(answer)) return this.#register(nodeId);
    for (const { config } of answer.newer) this.#tell(nodeId, config.shardId);
    for (const shardId of answer.leasedShardIds) this.replica(nodeId, shardId).leasedAtMs = this.nowMs;
  }

  #tellAll(shardId: number): void {
    for (const nodeId of this.nodeIds) this.#tell(nodeId, shardId);
  }

  #tell(nodeId: string, shardId: number): void {
    if (!this.#isReached(nodeId)) return;
    const { config, establishTimeMs } = this.metadata.engine.state.lineage(shardId).current;
    const replica = this.replica(nodeId, shardId);
    const mustPropose = replica.learn(nodeId, { config, isEstablished: establishTimeMs !== undefined });
    if (mustPropose) this.#propose(nodeId, shardId);
  }

  /** A restarted leader asks for its next generation; refused while an operation is open. */
  #propose(nodeId: string, shardId: number): void {
    const startLsn = this.replica(nodeId, shardId).log.length + 1;
    this.step(this.metadata.proposal(shardId, { startLsn }, nodeId));
  }

  #replicate(shardId: number): void {
    for (const nodeId of this.nodeIds) {
      const replica = this.replica(nodeId, shardId);
      const { leads, heard } = replica;
      const isLeading = this.#isUp(nodeId) && leads !== undefined && leads === replica.promised;
      if (!isLeading || heard?.config.generation !== leads) continue;
      this.#lead(nodeId, shardId, replica, leads);
    }
  }

  #lead(nodeId: string, shardId: number, replica: ModelReplica, generation: number): void {
    const peers = (replica.heard?.config.ackSet ?? []).filter((peer) => peer !== nodeId);
    const isWriting = replica.hasAuthority(nodeId, this.nowMs);
    const lsn = isWriting ? replica.log.push(generation) : replica.log.length;
    const acks = peers.filter((peer) => this.#isFollowing(nodeId, peer, shardId, replica, generation));
    for (const peer of acks) replica.grantedAtMs.set(peer, this.nowMs);
    if (acks.length < peers.length || this.stuck.has(nodeId)) return;
    const hadStarted = replica.isStartCommitted;
    replica.isStartCommitted = true;
    replica.committedLsn = replica.log.length;
    if (hadStarted && isWriting) this.acknowledged.push({ shardId, lsn, generation });
    const others = this.nodeIds.filter((other) => other !== nodeId && !peers.includes(other));
    for (const other of others) {
      if (this.#isFollowing(nodeId, other, shardId, replica, generation))
        replica.grantedAtMs.set(other, this.nowMs);
    }
  }

  #isFollowing(
    leader: string,
    follower: string,
    shardId: number,
    { log }: ModelReplica,
    generation: number,
  ): boolean {
    const isReachable = this.#isUp(follower) && this.#areLinked(leader, follower);
    return isReachable && this.replica(follower, shardId).follow(log, generation, this.nowMs);
  }

  #answerSeals(): void {
    const due = this.#inFlight.filter(({ atMs }) => atMs <= this.nowMs);
    this.#inFlight = this.#inFlight.filter(({ atMs }) => atMs > this.nowMs);
    for (const { command } of due) {
      const { nodeId, shardId } = command;
      if (!this.#isReached(nodeId) || this.deafToSeals.has(nodeId)) continue;
      const answer = this.replica(nodeId, shardId).seal(nodeId, command, this.nowMs);
      this.step({ kind: "seal_answered", ...answer });
    }
  }

  #check(change: ConfigurationPublished): void {
    const { shardId, generation, leader, startLsn } = change.config;
    this.published.push(change);
    if (generation === 1) return;
    const { log } = this.replica(leader, shardId);
    for (const record of this.acknowledged) {
      if (record.shardId !== shardId) continue;
      const isKept = record.lsn < startLsn && log[record.lsn - 1] === record.generation;
      if (!isKept) throw new Error(`generation ${generation} of ${leader} lost ${JSON.stringify(record)}`);
    }
    for (const nodeId of this.nodeIds) {
      const { leads } = this.replica(nodeId, shardId);
      const isOld = leads !== undefined && leads < generation && this.#isUp(nodeId);
      if (isOld && this.replica(nodeId, shardId).hasAuthority(nodeId, this.nowMs) && nodeId !== leader) {
        throw new Error(`generation ${generation} was published while ${nodeId} had authority in ${leads}`);
      }
    }
  }

  #checkAuthority(shardId: number): void {
    const holders = this.nodeIds.filter(
      (nodeId) => this.#isUp(nodeId) && this.replica(nodeId, shardId).hasAuthority(nodeId, this.nowMs),
    );
    if (holders.length > 1) throw new Error(`${holders.join(" and ")} have authority over shard ${shardId}`);
  }
}
