import type { Generation, ShardId } from "../../common/units.ts";
import { type ClusterShape, firstGenerations, planBootstrap } from "./bootstrap.ts";
import type { Change, GenerationEstablished } from "./changes.ts";
import type { PublishedGeneration } from "./configuration.ts";
import { decideProposal } from "./configuration-register.ts";
import { decideIssuerPlacement } from "./issuer-placement.ts";
import { Liveness, type Moment, type ShardHeartbeat } from "./liveness.ts";
import { MetadataState } from "./metadata-state.ts";
import { decideRegistration } from "./node-registry.ts";
import { Leases } from "./leases.ts";
import type { SealCommand } from "./operations/operation.ts";
import { DEFAULT_OPERATION_TIMINGS, type OperationTimings } from "./operations/operation-timings.ts";
import { Operations, type OperationsOutcome } from "./operations/operations.ts";
import { isRefusal, invalid, type Refusal } from "./refusal.ts";
import type { Announcement, Exchanges, MetadataRequest, RequestKind, Step } from "./requests.ts";

/** What the engine is told once. */
export type EngineOptions = {
  readonly clusterId: string;
  readonly shape: ClusterShape;
  /** A node that said nothing for this long is taken for dead. */
  readonly nodeSilentAfterMs: number;
  /** Monotonic time of the start. */
  readonly startMs: number;
  /** Makes UUIDs. */
  readonly newId: () => string;
  /** Whether configurations are changed without an operator when nodes fail; true when left out. */
  readonly automaticFailover?: boolean;
  /** Whether that may move a shard out of its home region; false when left out. */
  readonly failoverAcrossRegions?: boolean;
  /** The protocol's when left out. */
  readonly operationTimings?: OperationTimings;
};

type Decided<K extends RequestKind> = {
  readonly answer: Exchanges[K]["answer"] | Refusal;
  readonly changes: readonly Change[];
  readonly commands?: readonly SealCommand[];
};

/**
 * The whole metadata service as a synchronous state machine: one request in, one {@link Step} out.
 * It owns no clock, disk or network. Its state runs ahead of the disk by exactly the changes of the
 * last step, so whoever drives it persists them before the next call, or gives the process up.
 */
export class MetadataEngine {
  readonly state = new MetadataState();
  readonly liveness: Liveness;
  readonly #operations: Operations;
  readonly #options: EngineOptions;
  readonly #leases: Leases;

  /** @param facts every change persisted so far, in order */
  constructor(options: EngineOptions, facts: Iterable<Change>) {
    this.#options = options;
    this.liveness = new Liveness(options.startMs, options.nodeSilentAfterMs);
    for (const fact of facts) this.state.apply(fact);
    const timings = options.operationTimings ?? DEFAULT_OPERATION_TIMINGS;
    this.#leases = new Leases(options.startMs, timings.leaseKeptMs);
    this.#operations = new Operations({
      state: this.state,
      liveness: this.liveness,
      leases: this.#leases,
      timings,
      automaticFailover: options.automaticFailover ?? true,
      failoverAcrossRegions: options.failoverAcrossRegions ?? false,
      startMs: options.startMs,
      newId: options.newId,
    });
  }

  /** Answers one request; a refusal changes nothing. */
  step<K extends RequestKind>(request: MetadataRequest<K>, now: Moment): Step<K> {
    const { answer, changes, commands = [] } = this.#decide(request, now) as Decided<K>;
    return { answer, changes, announcement: this.#announcementOf(changes), commands };
  }

  /** What keeps the shards from being placed; undefined once they are. */
  missingForBootstrap(now: Moment): string | undefined {
    if (this.state.shards.size > 0) return undefined;
    const plan = this.#planBootstrap(now);
    return "impossible" in plan ? plan.impossible : "the next heartbeat of a node starts it";
  }

  #decide(request: MetadataRequest, now: Moment): Decided<RequestKind> {
    switch (request.kind) {
      case "register_node":
        return this.#registerNode(request, now);
      case "keep_alive":
        return this.#keepAlive(request, now);
      case "propose_configuration":
        return this.#proposeConfiguration(request, now);
      case "place_issuer":
        return this.#placeIssuer(request, now);
      case "confirm_issuer":
        return this.#confirmIssuer(request);
      case "tick":
        return { answer: {}, ...this.#applied(this.#operations.tick(now)) };
      case "seal_answered":
        return this.#sealAnswered(request, now);
      case "switchover":
        return this.#switchover(request, now);
    }
  }

  #registerNode(request: MetadataRequest<"register_node">, now: Moment): Decided<"register_node"> {
    const { clusterId, shape } = this.#options;
    const { node } = request;
    const decision = decideRegistration(
      this.state,
      this.liveness,
      clusterId,
      shape.regions,
      request,
      now.monotonicMs,
    );
    if (isRefusal(decision)) return refused(decision);
    this.liveness.introduced(node.nodeId, now);
    const changes = decision.kind === "node_registered" ? this.#apply([decision]) : [];
    return { answer: node, changes: [...changes, ...this.#bootstrap(now)] };
  }

  #keepAlive(request: MetadataRequest<"keep_alive">, now: Moment): Decided<"keep_alive"> {
    const { nodeId, bootId, shards } = request;
    if (this.state.nodes.get(nodeId)?.bootId !== bootId) {
      return refused({
        refused: "UNAUTHENTICATED",
        message: `${nodeId} is not registered with boot id ${bootId}`,
      });
    }
    const unknown = shards.findIndex(({ shardId }) => !this.state.shards.has(shardId));
    if (unknown >= 0) return refused(invalid(`shards[${unknown}].shard_id`, "there is no such shard"));
    this.liveness.heard(nodeId, shards, now);
    const established = shards.flatMap((heartbeat) => this.#newlyEstablished(nodeId, heartbeat, now));
    for (const heartbeat of shards) this.#operations.heard(nodeId, heartbeat, now);
    const changes = [...this.#apply(established), ...this.#bootstrap(now)];
    const closed = established.map(({ shardId }) =>
      this.#applied(this.#operations.established(shardId, now)),
    );
    const newer = shards.flatMap((heartbeat) => this.#newerThan(heartbeat));
    const leasedShardIds = shards.flatMap((heartbeat) => this.#leaseTo(nodeId, heartbeat, now));
    return {
      answer: { newer, leasedShardIds },
      changes: [...changes, ...closed.flatMap((outcome) => outcome.changes)],
    };
  }

  #proposeConfiguration(
    request: MetadataRequest<"propose_configuration">,
    now: Moment,
  ): Decided<"propose_configuration"> {
    const { shardId } = request.config;
    const highestPromise = this.liveness.highestPromise(shardId);
    const decision = decideProposal(this.state, request, highestPromise, now.wallMs);
    if (isRefusal(decision)) return refused(decision);
    if (decision.kind === "not_published")
      return { answer: this.state.lineage(shardId).current, changes: [] };
    const changes = this.#apply([decision]);
    this.#operations.proposalPublished(shardId, now);
    return { answer: this.state.lineage(shardId).current, changes };
  }

  #sealAnswered(request: MetadataRequest<"seal_answered">, now: Moment): Decided<"seal_answered"> {
    if (!this.state.shards.has(request.shardId)) return { answer: {}, changes: [] };
    return { answer: {}, ...this.#applied(this.#operations.sealAnswered(request, now)) };
  }

  #switchover(request: MetadataRequest<"switchover">, now: Moment): Decided<"switchover"> {
    const { shardId } = request;
    if (!this.state.shards.has(shardId)) return refused(invalid("shard_id", `there is no shard ${shardId}`));
    const outcome = this.#operations.switchover(request, now);
    return isRefusal(outcome) ? refused(outcome) : { answer: outcome.plan, ...this.#applied(outcome) };
  }

  #leaseTo(nodeId: string, { shardId, generation }: ShardHeartbeat, now: Moment): ShardId[] {
    const { config, establishTimeMs } = this.state.lineage(shardId).current;
    const leads = config.leader === nodeId && config.generation === generation;
    if (!leads || establishTimeMs === undefined || !this.#operations.mayLease(shardId)) return [];
    this.#leases.grant(shardId, now.monotonicMs);
    return [shardId];
  }

  #applied({ changes, commands }: OperationsOutcome): OperationsOutcome {
    return { changes: this.#apply(changes), commands };
  }

  #placeIssuer(request: MetadataRequest<"place_issuer">, now: Moment): Decided<"place_issuer"> {
    const missing = this.missingForBootstrap(now);
    if (missing !== undefined) return refused(notPlaced(missing));
    const { issuerId, homeRegion, currency } = request;
    const decision = decideIssuerPlacement(this.state, { issuerId, homeRegion, currency });
    if (isRefusal(decision)) return refused(decision);
    const changes = decision.kind === "issuer_placed" ? this.#apply([decision]) : [];
    return { answer: this.state.issuers.known(issuerId), changes };
  }

  #confirmIssuer({ issuerId, currency }: MetadataRequest<"confirm_issuer">): Decided<"confirm_issuer"> {
    const { issuers } = this.state;
    const isNews = !issuers.known(issuerId).recorded;
    const changes = isNews ? this.#apply([{ kind: "issuer_recorded", issuerId, currency }]) : [];
    return { answer: issuers.known(issuerId), changes };
  }

  #newlyEstablished(nodeId: string, heartbeat: ShardHeartbeat, now: Moment): GenerationEstablished[] {
    const { shardId, generation } = heartbeat;
    const { config, establishTimeMs } = this.state.lineage(shardId).current;
    const isNews = heartbeat.established && establishTimeMs === undefined;
    if (!isNews || config.leader !== nodeId || config.generation !== generation) return [];
    return [{ kind: "generation_established", shardId, generation, establishTimeMs: now.wallMs }];
  }

  #newerThan({ shardId, generation }: { shardId: ShardId; generation: Generation }): PublishedGeneration[] {
    const { current } = this.state.lineage(shardId);
    return current.config.generation > generation ? [current] : [];
  }

  #bootstrap(now: Moment): readonly Change[] {
    if (this.state.shards.size > 0) return [];
    const plan = this.#planBootstrap(now);
    if ("impossible" in plan) return [];
    return this.#apply(firstGenerations(plan, this.#options.newId, now.wallMs));
  }

  #planBootstrap(now: Moment): ReturnType<typeof planBootstrap> {
    const nodes = [...this.state.nodes.values()];
    const alive = nodes.filter(({ nodeId }) => this.liveness.isAlive(nodeId, now.monotonicMs));
    return planBootstrap(this.#options.shape, alive);
  }

  #apply(changes: readonly Change[]): readonly Change[] {
    for (const change of changes) this.state.apply(change);
    return changes;
  }

  #announcementOf(changes: readonly Change[]): Announcement {
    const nodes = changes.filter((change) => change.kind === "node_registered");
    const shardIds = new Set(changes.flatMap(shardOf));
    return {
      nodes: nodes.map(({ node }) => node),
      shards: [...shardIds].map((shardId) => this.state.lineage(shardId).current),
    };
  }
}

/** The shard whose entry in the map a change alters. */
function shardOf(change: Change): ShardId[] {
  switch (change.kind) {
    case "configuration_published":
      return [change.config.shardId];
    case "generation_established":
      return [change.shardId];
    case "node_registered":
    case "issuer_placed":
    case "issuer_recorded":
    case "operation_changed":
      return [];
  }
}

function refused(refusal: Refusal): { readonly answer: Refusal; readonly changes: readonly Change[] } {
  return { answer: refusal, changes: [] };
}

function notPlaced(missing: string): Refusal {
  return { refused: "METADATA_UNAVAILABLE", message: `no shard is placed yet: ${missing}` };
}
