import type { ShardId } from "../../../common/units.ts";
import type { Change } from "../changes.ts";
import type { Leases } from "../leases.ts";
import type { Liveness, Moment, ShardHeartbeat } from "../liveness.ts";
import type { MetadataState } from "../metadata-state.ts";
import { isRefusal, type Refusal } from "../refusal.ts";
import type { Operation, SealAnswer, SealCommand } from "./operation.ts";
import { OperationRun } from "./operation-run.ts";
import type { OperationTimings } from "./operation-timings.ts";
import { advance, type OperationView, recordSeal } from "./reconfiguration.ts";
import { ShardWatch } from "./shard-watch.ts";
import { planSwitchover, type Switchover, type SwitchoverPlan } from "./switchover.ts";
import { wishFor } from "./triggers.ts";

/** What operations look at and are told once. */
export type OperationsOptions = {
  readonly state: MetadataState;
  readonly liveness: Liveness;
  readonly leases: Leases;
  readonly timings: OperationTimings;
  /** Whether operations are opened without an operator. */
  readonly automaticFailover: boolean;
  /** Whether they may then move a shard out of its home region. */
  readonly failoverAcrossRegions: boolean;
  /** Monotonic time of the start. */
  readonly startMs: number;
  /** Makes UUIDs. */
  readonly newId: () => string;
};

/** What an event led to: facts to be applied and persisted together, then questions to nodes. */
export type OperationsOutcome = {
  readonly changes: readonly Change[];
  readonly commands: readonly SealCommand[];
};

const NOTHING: OperationsOutcome = { changes: [], commands: [] };

/**
 * All changes of configurations that this service drives: decides when one is needed, takes it as far
 * as it goes, and keeps the evidence that is not journaled. Decides only; the caller applies the changes
 * to the state before the next call.
 */
export class Operations {
  readonly #options: OperationsOptions;
  readonly #runs = new Map<string, OperationRun>();
  readonly #watches = new Map<ShardId, ShardWatch>();

  constructor(options: OperationsOptions) {
    this.#options = options;
  }

  /** Time passed: opens what is needed, takes further what is open. To be called every 100 ms. */
  tick(now: Moment): OperationsOutcome {
    const shardIds = [...this.#options.state.shards.keys()];
    return joined(shardIds.map((shardId) => this.#tickShard(shardId, now)));
  }

  /** A leader spoke of a shard: while it claims authority in the generation in force there is progress. */
  heard(nodeId: string, heartbeat: ShardHeartbeat, now: Moment): void {
    const { config } = this.#options.state.lineage(heartbeat.shardId).current;
    const isInForce = config.leader === nodeId && config.generation === heartbeat.generation;
    if (!isInForce || !heartbeat.established) return;
    const watch = this.#watch(heartbeat.shardId);
    watch.leaderCommitted(heartbeat.committedLsn, now.monotonicMs);
    if (heartbeat.hasAuthority) watch.progressed(now.monotonicMs);
  }

  /** A leader's proposal came into force, and the state knows. */
  proposalPublished(shardId: ShardId, now: Moment): void {
    this.#watch(shardId).generationChanged(now.monotonicMs);
  }

  /** The generation in force was established, and the state knows. */
  established(shardId: ShardId, now: Moment): OperationsOutcome {
    this.#watch(shardId).progressed(now.monotonicMs);
    const operation = this.#options.state.operations.open(shardId);
    return operation === undefined ? NOTHING : this.#advance(operation, operation, now);
  }

  /** A node answered a seal. */
  sealAnswered(answer: SealAnswer, now: Moment): OperationsOutcome {
    const { state, liveness } = this.#options;
    liveness.promised(answer.shardId, answer.promisedGeneration);
    const journaled = state.operations.open(answer.shardId);
    if (journaled === undefined || journaled.operationId !== answer.operationId) return NOTHING;
    return this.#advance(journaled, recordSeal(journaled, this.#run(journaled, now), answer, now), now);
  }

  /** An operator wants another leader. */
  switchover(
    request: Switchover,
    now: Moment,
  ): (OperationsOutcome & { readonly plan: SwitchoverPlan }) | Refusal {
    const { shardId, dryRun } = request;
    const view = this.#view(shardId, now);
    const group = planSwitchover(view, request, this.#options.state.operations.open(shardId));
    if (isRefusal(group)) return group;
    if (dryRun) return { ...NOTHING, plan: { operationId: undefined, group } };
    const reason = `an operator wants ${group.leader} to lead`;
    const operation = this.#opened(view, { kind: "SWITCHOVER", reason, group }, now);
    const { operationId } = operation;
    return { ...this.#advance(undefined, operation, now), plan: { operationId, group } };
  }

  /** Whether the shard's leader may hold this service's lease now. */
  mayLease(shardId: ShardId): boolean {
    const open = this.#options.state.operations.open(shardId);
    return open === undefined || open.phase === "ESTABLISH";
  }

  #tickShard(shardId: ShardId, now: Moment): OperationsOutcome {
    const view = this.#view(shardId, now);
    const watch = this.#watch(shardId);
    for (const nodeId of view.current.replicas) watch.seen(nodeId, view.isCaughtUp(nodeId), now.monotonicMs);
    const open = this.#options.state.operations.open(shardId);
    if (open !== undefined) return this.#advance(open, open, now);
    return this.#options.automaticFailover ? this.#openIfNeeded(view, watch, now) : NOTHING;
  }

  #openIfNeeded(view: OperationView, watch: ShardWatch, now: Moment): OperationsOutcome {
    const { state, liveness, failoverAcrossRegions } = this.#options;
    const lineage = state.lineage(view.current.shardId);
    const wish = wishFor(
      {
        ...view,
        watch,
        isEverEstablished: lineage.everEstablished,
        mayLeaveRegion: failoverAcrossRegions,
        quietMs: (nodeId) => liveness.quietMs(nodeId, now.monotonicMs),
      },
      now.monotonicMs,
    );
    if (wish === undefined) return NOTHING;
    if (wish.atLeisure) watch.keepCalm(now.monotonicMs, view.timings.calmMs);
    return this.#advance(undefined, this.#opened(view, wish, now), now);
  }

  #opened(
    { current, highestPromise, newId }: OperationView,
    { kind, reason, group }: Pick<Operation, "kind" | "reason" | "group">,
    now: Moment,
  ): Operation {
    const operationId = newId();
    return {
      operationId,
      shardId: current.shardId,
      kind,
      reason,
      fromGeneration: current.generation,
      phase: "SEAL",
      attempt: 1,
      publicationId: operationId,
      generation: Math.max(current.generation, highestPromise) + 1,
      group,
      seals: [],
      startLsn: undefined,
      openTimeMs: now.wallMs,
      closeTimeMs: undefined,
    };
  }

  /** @param journaled what the state knows of the operation; undefined when it is new */
  #advance(journaled: Operation | undefined, operation: Operation, now: Moment): OperationsOutcome {
    const run = this.#run(operation, now);
    const view = this.#view(operation.shardId, now);
    const { operation: reached, published, commands } = advance(operation, run, view, now);
    if (published !== undefined) this.#watch(operation.shardId).generationChanged(now.monotonicMs);
    if (reached.phase === "DONE") this.#runs.delete(reached.operationId);
    const isNews = reached !== journaled;
    return {
      changes: [
        ...(published === undefined ? [] : [published]),
        ...(isNews ? [{ kind: "operation_changed", operation: reached } as const] : []),
      ],
      commands,
    };
  }

  /** Made anew for an operation that a predecessor of this process opened: its waits begin now. */
  #run(operation: Operation, now: Moment): OperationRun {
    const known = this.#runs.get(operation.operationId);
    if (known !== undefined) return known;
    const run = new OperationRun(operation, now.monotonicMs, this.#options.timings.grantKeptMs);
    this.#runs.set(operation.operationId, run);
    return run;
  }

  #watch(shardId: ShardId): ShardWatch {
    const known = this.#watches.get(shardId);
    if (known !== undefined) return known;
    const watch = new ShardWatch(this.#options.startMs);
    this.#watches.set(shardId, watch);
    return watch;
  }

  #view(shardId: ShardId, { monotonicMs }: Moment): OperationView {
    const { state, liveness, leases, timings, newId } = this.#options;
    const lineage = state.lineage(shardId);
    const { config: current, establishTimeMs } = lineage.current;
    const isHeard = (nodeId: string): boolean => liveness.quietMs(nodeId, monotonicMs) < timings.suspicionMs;
    const settledLsn = this.#watch(shardId).settledLsn(monotonicMs);
    // A follower learns what is committed from the leader only, so knowing it means following it.
    const isCaughtUp = (nodeId: string): boolean =>
      isHeard(nodeId) && (liveness.heartbeat(nodeId, shardId)?.committedLsn ?? -1) >= settledLsn;
    return {
      current,
      isEstablished: establishTimeMs !== undefined,
      eligible: lineage.eligible,
      endOf: (generation) => lineage.endOf(generation),
      node: (nodeId) => state.node(nodeId),
      isHeard,
      isCaughtUp,
      highestPromise: liveness.highestPromise(shardId),
      leaseFreeAtMs: leases.freeAtMs(shardId),
      timings,
      newId,
    };
  }
}

function joined(outcomes: readonly OperationsOutcome[]): OperationsOutcome {
  return {
    changes: outcomes.flatMap(({ changes }) => changes),
    commands: outcomes.flatMap(({ commands }) => commands),
  };
}
