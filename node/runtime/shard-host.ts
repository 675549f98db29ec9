import { unreachable } from "../../common/assert.ts";
import type { MutationBatch } from "../../common/batch/mutation-batch.ts";
import { batchRowCount } from "../../common/batch/mutation-batch.ts";
import { ItemError } from "../../common/batch/kinds.ts";
import { ResultBatch } from "../../common/batch/result-batch.ts";
import type { Clock } from "../../common/clock.ts";
import type { Log } from "../../common/log/log.ts";
import type { FollowerStreams } from "../replication/follower-streams.ts";
import type { LeaderStreams } from "../replication/leader-streams.ts";
import { DurabilityWaiters } from "../reads/durability-waiters.ts";
import type { Replica } from "../reads/replica.ts";
import type { ShardConfiguration } from "../shard/configuration.ts";
import type { ProposeRestart, Reply, SealAnswer, ShardCommand, ShardEvent } from "../shard/events.ts";
import type { Frame } from "../shard/frame.ts";
import type { LogView } from "../shard/log-view.ts";
import type { ShardEngine, ShardStatus } from "../shard/shard-engine.ts";
import type { ShardState } from "../shard/shard-state.ts";
import { isLogDamage } from "./log-damage.ts";
import type { CheckpointPacer } from "./checkpoint-pacer.ts";
import type { CommitMetrics, ShardGauges } from "./shard-metrics.ts";
import type { ShardStorage } from "./shard-storage.ts";
import type { Shipper } from "./shipper.ts";
import type { Turn } from "./turn.ts";

/** What the shards of a node share. */
export type HostEnvironment = {
  readonly nodeId: string;
  readonly clock: Clock;
  readonly turn: Pick<Turn, "atFlush">;
  readonly shipper: Pick<Shipper, "request">;
  readonly followers: Pick<FollowerStreams, "sendFrames" | "sendAnswer">;
  readonly leaders: Pick<LeaderStreams, "follow" | "sendSubscription" | "sendAck">;
  readonly metrics: CommitMetrics;
  readonly log: Log;
  /** Tells the metadata service at once that a shard's state changed. */
  readonly reportSoon: () => void;
  /** Asks the metadata service for the generation a restarted leader needs. */
  readonly proposeRestart: (shardId: number, command: ProposeRestart) => void;
};

/** The parts of one shard. */
export type ShardParts = {
  readonly engine: ShardEngine;
  readonly storage: ShardStorage;
  readonly checkpoints: Pick<CheckpointPacer, "onTick" | "finish">;
  readonly gauges: Pick<ShardGauges, "show" | "watchGate">;
};

/** How a batch is to be handled. */
export type SubmitOptions = {
  /** Generation the sender acts on; 0 when it does not say. */
  readonly generation: number;
  /** Highest kind the sender may use. */
  readonly kindMax: number;
  readonly region: string;
  readonly timeoutMs: number;
};

/** Called exactly once per batch, possibly before submit returns. */
export type OnReply = (reply: Reply) => void;

/** A batch that waits for its reply. */
type OpenBatch = { readonly onReply: OnReply; readonly rowCount: number };

/**
 * Drives the engine of one shard: delivers events one at a time and carries its commands out in
 * order. Replies leave as the first thing; everything that can wait (frames of the next batch,
 * messages, checkpoints) happens at the end of the turn or later.
 */
export class ShardHost implements Replica {
  readonly shardId: number;
  readonly state: ShardState;
  readonly waiters = new DurabilityWaiters();
  readonly #engine: ShardEngine;
  readonly #storage: ShardStorage;
  readonly #checkpoints: ShardParts["checkpoints"];
  readonly #gauges: ShardParts["gauges"];
  readonly #environment: HostEnvironment;
  readonly #events: ShardEvent[] = [];
  readonly #open = new Map<number, OpenBatch>();
  readonly #seals = new Map<number, (answer: SealAnswer) => void>();
  #lastTicket = 0;
  #isStepping = false;
  #flushPlanned = false;
  /** Reason for which batches are refused before the engine sees them; 0 for none. */
  #refusal: number = 0;
  #isCorrupt = false;
  #shownProblem: string | undefined;
  /** Monotonic time of the event being handled: the stamp of what is sent in answer. */
  #nowMs = 0;
  /** Last LSN and start time of the append whose commit is being timed; 0 for none. */
  #timedLsn = 0;
  #timedMs = 0;

  constructor(parts: ShardParts, environment: HostEnvironment) {
    this.#engine = parts.engine;
    this.#storage = parts.storage;
    this.#checkpoints = parts.checkpoints;
    this.#gauges = parts.gauges;
    this.#environment = environment;
    this.shardId = parts.engine.shardId;
    this.state = parts.engine.state;
  }

  get log(): LogView {
    return this.#storage.log;
  }
  get walBytes(): number {
    return this.#storage.walBytes;
  }
  /** Why this node does not do its part for the shard until somebody helps; undefined when it does. */
  get problem(): string | undefined {
    if (this.#isCorrupt) return "its log cannot be read back";
    const { followerFault } = this.status();
    return followerFault === "" ? undefined : `it cannot follow: ${followerFault}`;
  }
  /** True while batches wait for their reply. */
  get isBusy(): boolean {
    return this.#open.size > 0;
  }

  status(): ShardStatus {
    const status = this.#engine.status(this.#environment.clock.monotonicMs());
    if (!this.#isCorrupt) return status;
    const none = { isLeader: false, isEstablished: false, hasPeerGrants: false, hasReadAuthority: false };
    return { ...status, ...none, refusal: ItemError.WAL_CORRUPT };
  }

  isTokenPending(issuerId: string, token: Uint8Array): boolean {
    return this.#engine.isTokenPending(issuerId, token);
  }

  /** False while followers' frames have to wait for this node's disk. */
  hasRoom(): boolean {
    return this.#storage.hasRoom();
  }

  /** Takes a configuration; follows its leader unless this node is it. */
  configure(configuration: ShardConfiguration): void {
    this.deliver({ type: "configured", configuration });
    const inForce = this.status().configuration;
    if (inForce === undefined) return;
    const { nodeId, leaders } = this.#environment;
    leaders.follow(this.shardId, inForce.leader === nodeId ? "" : inForce.leader);
  }

  /** Hands a batch of mutations to the engine. While the node drains it is refused at once. */
  submit(batch: MutationBatch, options: SubmitOptions, onReply: OnReply): void {
    const ticket = ++this.#lastTicket;
    const open = { onReply, rowCount: batchRowCount(batch) };
    if (this.#refusal !== 0) return this.#fail(ticket, open, this.#refusal);
    this.#open.set(ticket, open);
    const nowMs = this.#environment.clock.monotonicMs();
    const { generation, kindMax, region, timeoutMs } = options;
    const request = { ticket, batch, generation, kindMax, region, deadlineMs: nowMs + timeoutMs };
    this.deliver({ type: "submitted", nowMs, request });
  }

  /** Promises a generation that an operation prepares; resolves once the promise is durable. */
  async seal(generation: number): Promise<SealAnswer> {
    const ticket = ++this.#lastTicket;
    return new Promise((resolve) => {
      this.#seals.set(ticket, resolve);
      this.deliver({ type: "seal_asked", ticket, generation });
    });
  }

  /** The metadata service leases the leadership until a time on this node's monotonic clock. */
  lease(generation: number, untilMs: number): void {
    this.deliver({ type: "leased", generation, untilMs });
  }

  /** Takes one event in; what it leads to is carried out before this returns. */
  deliver(event: ShardEvent): void {
    this.#events.push(event);
    // An event that a command leads to waits for its turn: the engine takes one at a time.
    if (this.#isStepping) return;
    this.#isStepping = true;
    for (let next = this.#events.shift(); next !== undefined; next = this.#events.shift()) this.#step(next);
    this.#isStepping = false;
    if (this.#isCorrupt) return;
    if (this.#engine.needsFlush) this.#planFlush();
    if (this.#engine.needsShip) this.#environment.shipper.request(this.#ship);
  }

  /** Sends every follower a sign of life. */
  beat(): void {
    this.deliver({ type: "ship", nowMs: this.#environment.clock.monotonicMs(), heartbeat: true });
  }

  /** Time passes; to be called at least every 250 ms. */
  tick(): void {
    const { clock } = this.#environment;
    const nowMs = clock.monotonicMs();
    this.deliver({ type: "tick", nowMs, wallMs: clock.wallMs() });
    this.waiters.onTick(nowMs);
    this.#gauges.watchGate(this.#engine.status(nowMs).gateClause);
    if (!this.#isCorrupt) this.#checkpoints.onTick(nowMs);
  }

  /** Refuses new batches from here on; those under way are answered. */
  drain(): void {
    this.#refusal ||= ItemError.SHUTTING_DOWN;
  }

  /** Brings the checkpoint up to date; the last thing before the storage closes. */
  async finish(): Promise<void> {
    if (!this.#isCorrupt) await this.#checkpoints.finish();
  }

  /** Shows the shard on the gauges, and a new problem in the log. */
  show(): void {
    this.#gauges.show(this.status());
    const { problem } = this;
    if (problem !== undefined && problem !== this.#shownProblem) {
      this.#environment.log.error("shard_stuck", { shardId: this.shardId, problem });
    }
    this.#shownProblem = problem;
  }

  readonly #ship = (): void => {
    this.deliver({ type: "ship", nowMs: this.#environment.clock.monotonicMs(), heartbeat: false });
  };

  readonly #flush = (): void => {
    this.#flushPlanned = false;
    const { clock } = this.#environment;
    this.deliver({ type: "flush", nowMs: clock.monotonicMs(), wallMs: clock.wallMs() });
  };

  #planFlush(): void {
    if (this.#flushPlanned) return;
    this.#flushPlanned = true;
    this.#environment.turn.atFlush(this.#flush);
  }

  #step(event: ShardEvent): void {
    if (this.#isCorrupt) return;
    if ("nowMs" in event) this.#nowMs = event.nowMs;
    for (const command of this.#commandsFor(event)) this.#execute(command);
    const movesRemote = event.type === "follower_acked" && !this.waiters.isEmpty;
    if (movesRemote) this.waiters.onRemoteDurable(this.#engine.status(this.#nowMs).remoteDurableLsn);
  }

  #commandsFor(event: ShardEvent): readonly ShardCommand[] {
    try {
      return this.#engine.step(event);
    } catch (error) {
      if (!isLogDamage(error)) throw error;
      this.#stopServing(error);
      return [];
    }
  }

  /** The log cannot be read back: this node serves the shard no more; what was under way is unknown. */
  #stopServing(error: Error): void {
    this.#environment.log.error("wal_corrupt", { shardId: this.shardId, error });
    this.#isCorrupt = true;
    this.#refusal = ItemError.WAL_CORRUPT;
    for (const [ticket, open] of this.#open) this.#fail(ticket, open, ItemError.COMMIT_OUTCOME_UNKNOWN);
    this.#open.clear();
  }

  #execute(command: ShardCommand): void {
    const { followers, leaders, log, reportSoon, proposeRestart } = this.#environment;
    switch (command.type) {
      case "reply":
        return this.#reply(command);
      case "append":
        return this.#append(command.frames);
      case "send_frames":
        return followers.sendFrames(this.shardId, command, this.#nowMs);
      case "send_answer":
        return followers.sendAnswer(this.shardId, command);
      case "send_subscription":
        return leaders.sendSubscription(this.shardId, command);
      case "send_ack":
        return leaders.sendAck(this.shardId, command);
      case "applied":
        return this.#timeCommit(command.lastLsn);
      case "persist_promise":
        return this.#persistPromise(command.generation);
      case "truncate_tail":
        return this.#truncateTail(command.keepLsn);
      case "established":
        log.info("generation_established", { shardId: this.shardId, generation: command.generation });
        return reportSoon();
      case "seal_answer":
        this.#seals.get(command.ticket)?.(command);
        return void this.#seals.delete(command.ticket);
      case "propose_restart":
        return proposeRestart(this.shardId, command);
      default:
        return unreachable(command);
    }
  }

  #reply(reply: Reply): void {
    const open = this.#open.get(reply.ticket);
    this.#open.delete(reply.ticket);
    open?.onReply(reply);
  }

  #append(frames: readonly Frame[]): void {
    const { clock, metrics } = this.#environment;
    const startMs = clock.monotonicMs();
    for (const frame of frames) metrics.batchSize.observe(frame.count);
    this.#timedLsn = frames[frames.length - 1].lastLsn;
    this.#timedMs = startMs;
    void this.#storage.append(frames).then(({ lastLsn, syncMs }) => {
      const nowMs = clock.monotonicMs();
      this.deliver({ type: "local_durable", nowMs, lsn: lastLsn });
      metrics.localDurableSeconds.observe((nowMs - startMs) / 1000);
      metrics.fsyncSeconds.observe(syncMs / 1000);
    });
  }

  #timeCommit(lastLsn: number): void {
    if (lastLsn < this.#timedLsn || this.#timedLsn === 0) return;
    this.#timedLsn = 0;
    const { clock, metrics } = this.#environment;
    metrics.committedSeconds.observe((clock.monotonicMs() - this.#timedMs) / 1000);
  }

  #persistPromise(generation: number): void {
    void this.#storage.persistPromise(generation).then(() => {
      this.deliver({ type: "promise_persisted", generation });
    });
  }

  #truncateTail(keepLsn: number): void {
    this.#environment.log.warn("tail_truncated", { shardId: this.shardId, keepLsn });
    void this.#storage.truncateTail(keepLsn).then(() => {
      this.deliver({ type: "tail_truncated", lastLsn: keepLsn });
    });
  }

  #fail(ticket: number, { onReply, rowCount }: OpenBatch, reason: number): void {
    const results = ResultBatch.ofSize(rowCount);
    for (let row = 0; row < rowCount; row++) results.setError(row, reason, this.shardId);
    onReply({ type: "reply", ticket, results, lsn: 0, generation: 0 });
  }
}
