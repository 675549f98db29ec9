import { v4 as uuid } from "uuid";
import type { ResultBatch } from "../../common/batch/result-batch.ts";
import type { ShardConfiguration } from "../../node/shard/configuration.ts";
import type { AppendFrames, ShardCommand, ShardEvent, SubmitRequest } from "../../node/shard/events.ts";
import type { LogView } from "../../node/shard/log-view.ts";
import type { Authority } from "./checkers/one-authority.ts";
import { FrameRows } from "../../node/shard/frame.ts";
import { ShardEngine } from "../../node/shard/shard-engine.ts";
import { ShardState } from "../../node/shard/shard-state.ts";
import { nodeChecksums } from "../../node/wal/checksums.ts";
import { MemoryStateFile, MemoryStateStore } from "../support/memory-state-store.ts";
import type { SimDisk } from "../support/sim-disk.ts";
import type { Checkers } from "./checkers.ts";
import type { Connection, SimNetwork } from "./network.ts";
import { SimLog } from "./sim-log.ts";
import type { SealedEnd, SimMetadata, SimNodeIdentity } from "./sim-metadata.ts";
import type { World } from "./world.ts";

const SHARD_ID = 0;
const HOME_REGION = "madrid";
const TICK_MS = 100;
const HEARTBEAT_MS = 250;
const SHIP_MS = 8;
const KEEP_ALIVE_MS = 250;
const LEASE_MS = 3000;
const REDIAL_MS = 150;
const CHECKPOINT_MS = 2000;
const TOKEN_WINDOW = { retentionMs: 30 * 24 * 3_600_000, aheadMsMax: 300_000 };

/** Faults of one node, drawn per seed. */
export type NodeFaults = {
  /** Chance per command that the process stops for a while right before carrying it out. */
  readonly pausePerCommand: number;
  /** True once the faults have stopped. */
  readonly isCalm: () => boolean;
  readonly syncMsMax: number;
};

type Task = () => void;

/**
 * One storage node process around the production shard engine and WAL: carries the engine's
 * commands out on a simulated disk and network. Survives crashes as its disk does.
 */
export class SimNode {
  readonly identity: SimNodeIdentity;
  readonly #world: World;
  readonly #network: SimNetwork;
  readonly #metadata: SimMetadata;
  readonly #disk: SimDisk;
  readonly #checkers: Checkers;
  readonly #faults: NodeFaults;
  readonly #stateFile: MemoryStateFile;
  /** Promise on stable storage. */
  #promised = 0;
  #run: Run | undefined;

  constructor(
    world: World,
    network: SimNetwork,
    metadata: SimMetadata,
    disk: SimDisk,
    checkers: Checkers,
    identity: SimNodeIdentity,
    faults: NodeFaults,
  ) {
    this.identity = identity;
    this.#world = world;
    this.#network = network;
    this.#metadata = metadata;
    this.#disk = disk;
    this.#checkers = checkers;
    this.#faults = faults;
    this.#stateFile = new MemoryStateFile(new Uint32Array(world.random.bytes(16).slice().buffer));
  }

  get isUp(): boolean {
    return this.#run !== undefined;
  }

  get engine(): ShardEngine | undefined {
    return this.#run?.engine;
  }

  /** The log as this run of the process reads it. */
  get log(): LogView | undefined {
    return this.#run?.log;
  }

  /** This node and its generation while it may commit and answer, else nothing. */
  authority(nowMs: number): Authority[] {
    const status = this.#run?.engine.status(nowMs);
    const generation = status?.configuration?.generation;
    if (generation === undefined || !status?.isEstablished || !status.hasPeerGrants) return [];
    return [{ nodeId: this.identity.nodeId, generation }];
  }

  /** Positions and faults, for the report of a failure. */
  describe(): string {
    if (this.#run === undefined) return "is down";
    const { configuration, ...status } = this.#run.engine.status(this.#world.nowMs);
    return JSON.stringify({ generation: configuration?.generation, ...status });
  }

  /** The process starts: recovers its log and introduces itself. */
  start(): void {
    const world = this.#world;
    world.trace(`${this.identity.nodeId} starts`);
    const run = new Run(this.identity, world, this.#network, this.#metadata, this.#checkers, this.#faults, {
      log: SimLog.open(this.#disk, this.#stateFile.head?.appliedLsn ?? 0, world),
      store: new MemoryStateStore(this.#stateFile),
      promised: this.#promised,
      persistPromise: (generation) => {
        this.#promised = Math.max(this.#promised, generation);
      },
    });
    this.#run = run;
    run.begin();
  }

  /** The process dies; what its disk had not synced may be lost. */
  crash(): void {
    if (this.#run === undefined) return;
    this.#world.trace(`${this.identity.nodeId} crashes`);
    this.#world.cover("crash");
    this.#run.end();
    this.#run = undefined;
    this.#network.crash(this.identity.nodeId);
    this.#disk.crash(this.#world.random);
  }

  /** The process stops for a while, as if suspended. */
  pause(durationMs: number): void {
    this.#world.cover("pause");
    this.#run?.pause(durationMs);
  }

  /** A mutation batch arrives; a process that is down never answers. */
  submit(request: Omit<SubmitRequest, "ticket">, onReply: (results: ResultBatch) => void): void {
    this.#run?.submit(request, onReply);
  }
}

type Storage = {
  readonly log: SimLog;
  readonly store: MemoryStateStore;
  readonly promised: number;
  readonly persistPromise: (generation: number) => void;
};

/** One life of the process, from start to crash. Whatever was scheduled for it dies with it. */
class Run {
  readonly engine: ShardEngine;
  readonly #identity: SimNodeIdentity;
  readonly #world: World;
  readonly #network: SimNetwork;
  readonly #metadata: SimMetadata;
  readonly #checkers: Checkers;
  readonly #faults: NodeFaults;
  readonly #storage: Storage;
  readonly #state: ShardState;
  readonly #bootId: string;
  readonly #followers = new Map<number, Connection>();
  readonly #leaders = new Map<string, Connection | "dialling">();
  readonly #seals = new Map<number, (answer: SealedEnd) => void>();
  readonly #replies = new Map<number, (results: ResultBatch) => void>();
  readonly #tasks: Task[] = [];
  readonly #commands: Task[] = [];
  #isAlive = true;
  #resumeMs = 0;
  #isDraining = false;
  #isSyncing = false;
  #appends: AppendFrames[] = [];
  #isFlushDue = false;
  #isShipDue = false;
  #lastHeartbeatMs = 0;
  #lastCheckpointMs = 0;
  #ticket = 0;
  #session = 0;
  #checkedLsn = 0;

  constructor(
    identity: SimNodeIdentity,
    world: World,
    network: SimNetwork,
    metadata: SimMetadata,
    checkers: Checkers,
    faults: NodeFaults,
    storage: Storage,
  ) {
    this.#identity = identity;
    this.#world = world;
    this.#network = network;
    this.#metadata = metadata;
    this.#checkers = checkers;
    this.#faults = faults;
    this.#storage = storage;
    this.#bootId = uuid({ random: world.random.bytes(16) });
    this.#state = restore(storage.store, storage.log);
    const { tail } = storage.log;
    this.#onDurable(tail.lsn);
    this.#checkedLsn = this.#state.appliedLsn;
    this.engine = new ShardEngine({
      shardId: SHARD_ID,
      nodeId: identity.nodeId,
      log: storage.log.view,
      state: this.#state,
      checksums: nodeChecksums,
      tokenWindow: TOKEN_WINDOW,
      queueRowsMax: 2000,
      nextOperationId: () => uuid({ random: world.random.bytes(16) }),
      tail,
      promisedGeneration: storage.promised,
      bootMs: world.nowMs,
    });
  }

  get log(): LogView {
    return this.#storage.log.view;
  }

  begin(): void {
    this.#network.listen(this.#identity.nodeId, (from, connection) => this.#accept(from, connection));
    this.#metadata.register(this.#identity, this.#bootId, {
      onConfiguration: (configuration) => this.#enqueue(() => this.#onConfiguration(configuration)),
      seal: (generation, onAnswer) => this.#enqueue(() => this.#onSeal(generation, onAnswer)),
    });
    this.#every(TICK_MS, () => this.#onTick());
    this.#every(KEEP_ALIVE_MS, () => this.#keepAlive());
  }

  end(): void {
    this.#isAlive = false;
  }

  pause(durationMs: number): void {
    this.#world.trace(`${this.#identity.nodeId} pauses ${durationMs.toFixed(0)} ms`);
    this.#resumeMs = Math.max(this.#resumeMs, this.#world.nowMs + durationMs);
  }

  submit(request: Omit<SubmitRequest, "ticket">, onReply: (results: ResultBatch) => void): void {
    const ticket = ++this.#ticket;
    this.#replies.set(ticket, onReply);
    const { nowMs } = this.#world;
    this.#enqueue(() => this.#step({ type: "submitted", nowMs, request: { ...request, ticket } }));
  }

  #onConfiguration(configuration: ShardConfiguration): void {
    this.#world.trace(`${this.#identity.nodeId} hears of generation ${configuration.generation}`);
    this.#storage.log.begin(configuration.incarnation);
    this.#step({ type: "configured", configuration });
    this.#dial();
  }

  #onSeal(generation: number, onAnswer: (answer: SealedEnd) => void): void {
    const ticket = ++this.#ticket;
    this.#seals.set(ticket, onAnswer);
    this.#step({ type: "seal_asked", ticket, generation });
  }

  #onTick(): void {
    const { nowMs, wallMs } = this.#world;
    this.#step({ type: "tick", nowMs, wallMs });
    if (nowMs - this.#lastHeartbeatMs >= HEARTBEAT_MS) {
      this.#lastHeartbeatMs = nowMs;
      this.#step({ type: "ship", nowMs, heartbeat: true });
    }
    if (nowMs - this.#lastCheckpointMs >= CHECKPOINT_MS) {
      this.#lastCheckpointMs = nowMs;
      this.#checkpoint();
    }
    this.#dial();
  }

  #keepAlive(): void {
    const status = this.engine.status(this.#world.nowMs);
    const generation = status.configuration?.generation ?? 0;
    const heartbeat = {
      shardId: SHARD_ID,
      generation,
      promisedGeneration: status.promisedGeneration,
      established: status.isEstablished,
      hasAuthority: status.isEstablished && status.hasPeerGrants,
      durableLsn: status.durableLsn,
      committedLsn: status.committedLsn,
      remoteDurableLsn: status.remoteDurableLsn,
    };
    const untilMs = this.#world.nowMs + LEASE_MS;
    this.#metadata.keepAlive(this.#identity.nodeId, this.#bootId, heartbeat, () => {
      this.#enqueue(() => this.#step({ type: "leased", generation, untilMs }));
    });
  }

  #step(event: ShardEvent): void {
    for (const command of this.engine.step(event)) this.#enqueueCommand(command);
    if (this.engine.needsFlush && !this.#isFlushDue) {
      this.#isFlushDue = true;
      this.#after(0, () => {
        this.#isFlushDue = false;
        this.#step({ type: "flush", nowMs: this.#world.nowMs, wallMs: this.#world.wallMs });
      });
    }
    if (this.engine.needsShip && !this.#isShipDue) {
      this.#isShipDue = true;
      this.#after(SHIP_MS, () => {
        this.#isShipDue = false;
        this.#step({ type: "ship", nowMs: this.#world.nowMs, heartbeat: false });
      });
    }
  }

  /** Commands run ahead of events that wait, each a point at which the process may pause or die. */
  #enqueueCommand(command: ShardCommand): void {
    if (command.type === "append") {
      // The log view shows frames from the moment they are appended, as the production cache does.
      this.#storage.log.note(command.frames);
      for (const frame of command.frames) {
        this.#checkers.bytes.onFrame(this.#identity.nodeId, frame);
        const isOwn = this.engine.status(0).isLeader;
        if (isOwn) this.#checkers.leaders.onFrameBuilt(this.#identity.nodeId, frame.generation);
      }
    }
    if (this.#world.chance(this.#faults.pausePerCommand)) {
      this.#commands.push(() => {
        if (this.#faults.isCalm()) return;
        this.#world.cover("pause between commands");
        this.pause(this.#world.random.integer(1, 3000));
      });
    }
    this.#commands.push(() => this.#execute(command));
    this.#drain();
  }

  #execute(command: ShardCommand): void {
    const { nodeId } = this.#identity;
    switch (command.type) {
      case "append":
        this.#appends.push(command);
        return this.#syncNext();
      case "persist_promise":
        return this.#after(this.#world.delay(0.5, this.#faults.syncMsMax), () => {
          this.#storage.persistPromise(command.generation);
          this.#step({ type: "promise_persisted", generation: command.generation });
        });
      case "truncate_tail":
        this.#world.cover("tail truncated");
        this.#storage.log.truncateAfter(command.keepLsn);
        this.#onDurable(command.keepLsn);
        return this.#step({ type: "tail_truncated", lastLsn: command.keepLsn });
      case "send_frames":
        return this.#followers.get(command.session)?.send({ ...command, sentMs: this.#world.nowMs });
      case "send_answer":
        this.#world.trace(`${nodeId} answers a subscription: ${JSON.stringify(command.verdict)}`);
        this.#world.cover(`subscription ${command.verdict.type}`);
        return this.#followers.get(command.session)?.send(command);
      case "send_subscription":
      case "send_ack": {
        const link = this.#leaders.get(command.leader);
        if (link !== undefined && link !== "dialling") link.send(command);
        return;
      }
      case "reply": {
        const ackSet = this.engine.status(0).configuration?.ackSet ?? [];
        if (command.lsn > 0) this.#checkers.durable.onAcknowledged(ackSet, command.lsn);
        const reply = this.#replies.get(command.ticket);
        this.#replies.delete(command.ticket);
        if (command.lsn > 0) this.#world.trace(`${nodeId} answers up to LSN ${command.lsn}`);
        this.#world.after(this.#world.delay(0.2, 2), () => reply?.(command.results));
        return;
      }
      case "seal_answer": {
        const { promisedGeneration, endGeneration, endLsn, grantKeptUntilMs } = command;
        const grantRemainingMs = Math.max(0, grantKeptUntilMs - this.#world.nowMs);
        this.#seals.get(command.ticket)?.({ promisedGeneration, endGeneration, endLsn, grantRemainingMs });
        return void this.#seals.delete(command.ticket);
      }
      case "applied":
        return this.#checkApplied(command.lastLsn);
      case "established":
        this.#world.trace(`${nodeId} established ${command.generation}`);
        this.#world.cover("established");
        return this.#keepAlive();
      case "propose_restart":
        this.#world.cover("restart proposed");
        return this.#metadata.propose(nodeId, command);
    }
  }

  /** One sync at a time: everything appended before it began is durable when it ends. */
  #syncNext(): void {
    if (this.#isSyncing || this.#appends.length === 0) return;
    this.#isSyncing = true;
    const round = this.#appends;
    this.#appends = [];
    for (const append of round) this.#storage.log.write(append.frames);
    this.#after(this.#world.delay(0.2, this.#faults.syncMsMax), () => {
      this.#storage.log.sync();
      this.#isSyncing = false;
      for (const append of round) {
        const lsn = append.frames.at(-1)?.lastLsn ?? 0;
        this.#onDurable(lsn);
        this.#step({ type: "local_durable", nowMs: this.#world.nowMs, lsn });
      }
      this.#syncNext();
    });
  }

  #onDurable(lsn: number): void {
    const { nodeId, region } = this.#identity;
    this.#checkers.durable.onDurable(nodeId, lsn);
    if (region !== HOME_REGION) this.#checkers.gate.onRemoteDurable(lsn);
  }

  #checkApplied(lastLsn: number): void {
    while (this.#checkedLsn < lastLsn) {
      const frame = this.#storage.log.view.frameAt(this.#checkedLsn + 1);
      this.#checkedLsn = frame.lastLsn;
      this.#checkers.onApplied(this.#identity.nodeId, frame);
      this.#countKinds(new FrameRows(frame));
    }
  }

  #countKinds(rows: FrameRows): void {
    for (let row = 0; row < rows.frame.count; row++) {
      const at = rows.rowOffset(row);
      this.#world.cover(`record ${rows.kindAt(at)}/${rows.decisionAt(at)}/${rows.reasonAt(at)}`);
    }
  }

  #checkpoint(): void {
    const { appliedLsn, lineage, issuers, reservations, tokens } = this.#state;
    if (appliedLsn === 0) return;
    const frame = this.#storage.log.view.frameAt(appliedLsn);
    this.#storage.store.writeCheckpoint({
      appliedLsn,
      appliedChain: frame.chain,
      generation: lineage.at(-1)?.generation ?? 0,
      lineage,
      issuers: issuers.takeDirty(),
      reservationChunks: reservations.takeDirty(),
      tokenRuns: tokens.takeSealed(),
    });
  }

  #accept(from: string, connection: Connection): { onMessage(message: unknown): void; onClosed(): void } {
    const session = ++this.#session;
    this.#followers.set(session, connection);
    return {
      onMessage: (message) =>
        this.#enqueue(() => this.#onFollowerMessage(session, from, message as ShardCommand)),
      onClosed: () => {
        this.#followers.delete(session);
        this.#enqueue(() => this.#step({ type: "follower_detached", session }));
      },
    };
  }

  #onFollowerMessage(session: number, nodeId: string, message: ShardCommand): void {
    const { nowMs } = this.#world;
    if (message.type === "send_subscription") {
      this.#step({ ...message, type: "follower_attached", nowMs, session, nodeId });
    } else if (message.type === "send_ack") {
      this.#step({ ...message, type: "follower_acked", nowMs, session });
    }
  }

  /** Keeps a connection to the leader's node while this node follows. */
  #dial(): void {
    const leader = this.engine.status(0).configuration?.leader;
    if (leader === undefined || leader === this.#identity.nodeId || this.#leaders.has(leader)) return;
    this.#leaders.set(leader, "dialling");
    const end = {
      onMessage: (message: unknown) =>
        this.#enqueue(() => this.#onLeaderMessage(leader, message as ShardCommand)),
      onClosed: () => {
        this.#enqueue(() => {
          this.#leaders.delete(leader);
          this.#step({ type: "subscription_closed", leader });
        });
      },
    };
    this.#network.connect(this.#identity.nodeId, leader, end, (connection) => {
      this.#enqueue(() => {
        if (connection === undefined) return this.#after(REDIAL_MS, () => void this.#leaders.delete(leader));
        this.#leaders.set(leader, connection);
        this.#step({ type: "subscription_opened", leader });
      });
    });
  }

  #onLeaderMessage(leader: string, message: ShardCommand): void {
    if (message.type === "send_frames") {
      const { sentMs } = message as typeof message & { sentMs: number };
      this.#step({ ...message, type: "frames_received", nowMs: this.#world.nowMs, leader, sentMs });
    } else if (message.type === "send_answer") {
      this.#step({ ...message, type: "subscription_answered", leader });
    }
  }

  #every(intervalMs: number, run: Task): void {
    this.#after(intervalMs, () => {
      run();
      this.#every(intervalMs, run);
    });
  }

  #after(delayMs: number, run: Task): void {
    this.#world.after(delayMs, () => this.#enqueue(run));
  }

  #enqueue(task: Task): void {
    if (!this.#isAlive) return;
    this.#tasks.push(task);
    this.#drain();
  }

  #drain(): void {
    if (this.#isDraining) return;
    this.#isDraining = true;
    while (this.#isAlive && (this.#commands.length > 0 || this.#tasks.length > 0)) {
      if (this.#resumeMs > this.#world.nowMs) {
        this.#world.after(this.#resumeMs - this.#world.nowMs, () => this.#drain());
        break;
      }
      (this.#commands.shift() ?? this.#tasks.shift())?.();
    }
    this.#isDraining = false;
  }
}

/** State of a shard as a process finds it at boot: the checkpoint, and the log behind it. */
function restore(store: MemoryStateStore, log: SimLog): ShardState {
  const state = new ShardState(store.tokenHashKey);
  const checkpoint = store.loadCheckpoint();
  if (checkpoint !== undefined) {
    for (const row of checkpoint.issuers) state.issuers.restore(row);
    for (const chunk of checkpoint.reservationChunks) state.reservations.restore(chunk.index, chunk.bytes);
    for (const run of checkpoint.tokenRuns) state.tokens.restore(run);
    state.restored(checkpoint.appliedLsn, checkpoint.lineage);
  }
  let lsn = state.tokens.sealedThroughLsn + 1;
  const hintLsn = log.tail.lsn === 0 ? 0 : log.view.frameAt(log.tail.lsn).commitLsnHint;
  while (lsn <= Math.max(state.appliedLsn, hintLsn)) {
    const frame = log.view.frameAt(lsn);
    if (frame.lastLsn <= state.appliedLsn) state.replayTokens(frame);
    else {
      if (frame.firstLsn === (checkpoint?.appliedLsn ?? 0) + 1) state.restoreExpiries(log.view);
      state.applyFrame(frame);
    }
    lsn = frame.lastLsn + 1;
  }
  return state;
}
