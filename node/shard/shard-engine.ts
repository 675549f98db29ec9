import { assert, unreachable } from "../../common/assert.ts";
import { ItemError } from "../../common/batch/kinds.ts";
import type { ShardConfiguration } from "./configuration.ts";
import type { ShardEngineOptions } from "./engine-options.ts";
import type { ShardCommand, ShardEvent } from "./events.ts";
import { type FollowerFault, FollowerRole } from "./follower-role.ts";
import { LeaderRole } from "./leader-role.ts";
import { ShardLog } from "./shard-log.ts";
import type { GateClause } from "./recovery-gate.ts";
import type { ShardState } from "./shard-state.ts";
import { PendingBatch } from "./pending-batch.ts";

/** What a shard on this node looks like from outside. */
export type ShardStatus = {
  readonly configuration: ShardConfiguration | undefined;
  readonly promisedGeneration: number;
  readonly isLeader: boolean;
  /** True when it leads and its START record is committed. */
  readonly isEstablished: boolean;
  /** Why new mutations are refused, 0 when they are not. */
  readonly refusal: number;
  /** True while every peer of the ack set grants this leader its generation. */
  readonly hasPeerGrants: boolean;
  /** True while a linearizable read may be answered here. */
  readonly hasReadAuthority: boolean;
  /** Clause that keeps the recovery gate closed, "" when it is open. */
  readonly gateClause: GateClause;
  readonly appendedLsn: number;
  readonly durableLsn: number;
  readonly committedLsn: number;
  readonly appliedLsn: number;
  /** Highest LSN durable at the configured remote; 0 unless this node leads. */
  readonly remoteDurableLsn: number;
  /** Milliseconds since the remote held everything committed; undefined when it never did in this generation. */
  readonly remoteLagMs: number | undefined;
  /** Why this follower cannot follow, "" when it can. */
  readonly followerFault: FollowerFault;
};

/**
 * One shard on one node: a state machine without clock, disk or network. Events go in, commands
 * come out; the same code runs in production and in the simulator.
 *
 * Invariants: the promise is on stable storage before anything is said or done under its
 * generation; the node follows or leads exactly the configuration it last took; positions obey
 * applied ≤ committed ≤ durable ≤ appended.
 */
export class ShardEngine {
  readonly shardId: number;
  readonly state: ShardState;
  readonly #nodeId: string;
  readonly #log: ShardLog;
  readonly #leader: LeaderRole;
  readonly #follower: FollowerRole;
  readonly #nextOperationId: () => string;
  #configuration: ShardConfiguration | undefined;
  #promised: number;
  readonly #promisedAtBoot: number;
  #promisePending = false;
  #truncatePending = false;
  /** Seal requests that wait for the promise, or for frames to become durable. */
  #sealTickets: number[] = [];
  #commands: ShardCommand[] = [];

  constructor(options: ShardEngineOptions) {
    this.shardId = options.shardId;
    this.state = options.state;
    this.#nodeId = options.nodeId;
    this.#promised = options.promisedGeneration;
    this.#promisedAtBoot = options.promisedGeneration;
    this.#nextOperationId = options.nextOperationId;
    const emit = (command: ShardCommand): void => void this.#commands.push(command);
    this.#log = new ShardLog(options.log, options.state, options.tail, emit);
    this.#leader = new LeaderRole(options, this.#log, emit);
    this.#follower = new FollowerRole(this.#log, emit, options.bootMs);
  }

  /** Takes one event in; the commands are to be carried out in order. */
  step(event: ShardEvent): readonly ShardCommand[] {
    this.#commands = [];
    this.#dispatch(event);
    return this.#commands;
  }

  /** True when asynchronous followers, or the peers' commit position, wait for a ship event. */
  get needsShip(): boolean {
    return this.#leader.needsShip;
  }

  /** True when batches wait for a flush event. */
  get needsFlush(): boolean {
    return this.#leader.needsFlush;
  }

  /** True while a mutation with this token is queued or in the frame in flight; "" means of any issuer. */
  isTokenPending(issuerId: string, token: Uint8Array): boolean {
    return this.#leader.isTokenPending(issuerId, token);
  }

  status(nowMs: number): ShardStatus {
    const leads = this.#isLeader() && !this.#promisePending;
    return {
      configuration: this.#configuration,
      promisedGeneration: this.#promised,
      isLeader: leads,
      isEstablished: leads && this.#leader.isEstablished,
      refusal: leads ? this.#leader.refusal(nowMs) : ItemError.NOT_LEADER,
      hasPeerGrants: leads && this.#leader.authority.hasPeerGrants(nowMs),
      hasReadAuthority: leads && this.#leader.isServing && this.#leader.authority.mayRead(nowMs),
      gateClause: leads ? this.#leader.authority.gateClause : "",
      appendedLsn: this.#log.appendedLsn,
      durableLsn: this.#log.durableLsn,
      committedLsn: this.#log.committedLsn,
      appliedLsn: this.state.appliedLsn,
      remoteDurableLsn: leads ? this.#leader.remoteDurableLsn : 0,
      remoteLagMs: leads ? this.#leader.authority.remoteLagMs(nowMs) : undefined,
      followerFault: this.#follower.fault,
    };
  }

  #dispatch(event: ShardEvent): void {
    switch (event.type) {
      case "configured":
        return this.#onConfigured(event.configuration);
      case "seal_asked":
        return this.#onSealAsked(event.ticket, event.generation);
      case "promise_persisted":
        return this.#onPromisePersisted(event.generation);
      case "tail_truncated":
        return this.#onTailTruncated(event.lastLsn);
      case "submitted":
        return this.#onSubmitted(new PendingBatch(event.request), event.nowMs);
      case "flush":
        return this.#leader.onFlush(event.nowMs, event.wallMs);
      case "local_durable":
        this.#log.onDurable(event.lsn);
        if (this.#isLeader()) this.#leader.onProgress(event.nowMs);
        else this.#follower.onDurable(event.nowMs);
        return this.#answerSeals();
      case "follower_attached":
        return this.#leader.onAttached(event);
      case "follower_acked":
        return this.#leader.onAcked(event);
      case "follower_detached":
        return this.#leader.onDetached(event.session);
      case "ship":
        return this.#leader.onShip(event.nowMs, event.heartbeat);
      case "subscription_opened":
        return this.#follower.onOpened(event.leader);
      case "frames_received":
        return this.#follower.onFrames(event);
      case "subscription_answered":
        return this.#onAnswered(event);
      case "subscription_closed":
        return this.#follower.onClosed(event.leader);
      case "leased":
        return this.#leader.authority.onLeased(event.generation, event.untilMs);
      case "disk_space":
        return this.#leader.onDiskSpace(event.full);
      case "tick":
        this.#leader.onTick(event.nowMs, event.wallMs);
        return this.#follower.onTick();
      default:
        return unreachable(event);
    }
  }

  #onConfigured(configuration: ShardConfiguration): void {
    const current = this.#configuration;
    if (configuration.generation < Math.max(this.#promised, current?.generation ?? 0)) return;
    if (current !== undefined && configuration.generation === current.generation) {
      assert(configuration.operationId === current.operationId, "two configurations of one generation");
      const isNews = configuration.established && this.#isLeader() && this.#leader.isEstablished;
      if (isNews) this.#leader.onRecorded();
      return;
    }
    this.#stopActing();
    this.#configuration = configuration;
    this.#log.adopt(configuration.incarnation);
    if (configuration.generation > this.#promised) this.#promise(configuration.generation);
    else if (!this.#promisePending) this.#takeRole();
  }

  /** Promises a generation that somebody prepares: the one in force ends here, for good. */
  #onSealAsked(ticket: number, generation: number): void {
    this.#sealTickets.push(ticket);
    if (generation > this.#promised) {
      this.#stopActing();
      this.#promise(generation);
    }
    this.#answerSeals();
  }

  /** Answers seals once the promise and everything appended are on stable storage. */
  #answerSeals(): void {
    if (this.#promisePending || this.#log.durableLsn < this.#log.appendedLsn) return;
    for (const ticket of this.#sealTickets.splice(0)) {
      this.#emit({
        type: "seal_answer",
        ticket,
        promisedGeneration: this.#promised,
        endGeneration: this.#log.appendedGeneration,
        endLsn: this.#log.appendedLsn,
        endChain: this.#log.appendedChain,
        commitHintLsn: this.#log.committedLsn,
        grantKeptUntilMs: this.#follower.grantKeptUntilMs,
      });
    }
  }

  #stopActing(): void {
    this.#leader.stop(ItemError.STALE_GENERATION);
    this.#follower.stop();
  }

  #promise(generation: number): void {
    this.#promised = generation;
    this.#promisePending = true;
    this.#emit({ type: "persist_promise", generation });
  }

  #onPromisePersisted(generation: number): void {
    if (generation !== this.#promised) return;
    this.#promisePending = false;
    this.#answerSeals();
    if (this.#configuration?.generation === this.#promised) this.#takeRole();
  }

  #takeRole(): void {
    const configuration = this.#configuration;
    assert(configuration !== undefined, "role without a configuration");
    if (this.#truncatePending) return;
    if (!this.#isLeader()) return this.#follower.start(configuration);
    // A generation that was promised in an earlier run may have been begun in it.
    if (configuration.generation <= this.#promisedAtBoot) return this.#proposeRestart(configuration);
    const lastLsn = configuration.startLsn - 1;
    if (this.#log.appendedLsn < lastLsn) return this.#leader.refuseMissingLog();
    if (this.#log.appendedLsn > lastLsn) return this.#truncate(lastLsn);
    this.#leader.start(configuration);
  }

  /** A generation begun in an earlier run is never resumed: in-doubt records may have been answered. */
  #proposeRestart(configuration: ShardConfiguration): void {
    if (this.#log.appendedLsn < configuration.startLsn - 1) return this.#leader.refuseMissingLog();
    const generation = Math.max(configuration.generation, this.#promised) + 1;
    this.#emit({
      type: "propose_restart",
      operationId: this.#nextOperationId(),
      expectedGeneration: configuration.generation,
      generation,
      startLsn: this.#log.appendedLsn + 1,
    });
  }

  #onSubmitted(batch: PendingBatch, nowMs: number): void {
    const { generation } = batch.request;
    const isStale = generation !== 0 && generation !== this.#configuration?.generation;
    if (isStale) return this.#leader.refuse(batch, ItemError.STALE_GENERATION);
    if (!this.#isLeader()) return this.#leader.refuse(batch, ItemError.NOT_LEADER);
    this.#leader.onSubmitted(batch, nowMs);
  }

  #onAnswered(event: Extract<ShardEvent, { type: "subscription_answered" }>): void {
    const keepLsn = this.#follower.onAnswered(event);
    if (keepLsn === undefined) return;
    // Nothing is received meanwhile: a second cut would take what came after the first.
    this.#follower.stop();
    this.#truncate(keepLsn);
  }

  #truncate(keepLsn: number): void {
    this.#truncatePending = true;
    this.#emit({ type: "truncate_tail", keepLsn });
  }

  #onTailTruncated(lastLsn: number): void {
    this.#truncatePending = false;
    this.#log.onTruncated(lastLsn);
    if (!this.#promisePending && this.#configuration?.generation === this.#promised) this.#takeRole();
  }

  #isLeader(): boolean {
    return this.#configuration?.leader === this.#nodeId;
  }

  #emit(command: ShardCommand): void {
    this.#commands.push(command);
  }
}
