import { assert } from "../../common/assert.ts";
import { ItemError, Outcome } from "../../common/batch/kinds.ts";
import { generationOfLsn, type ShardConfiguration } from "./configuration.ts";
import type { ShardEngineOptions } from "./engine-options.ts";
import type { FollowerAcked, FollowerAttached, ShardCommand } from "./events.ts";
import type { Expiry } from "./expiry-queue.ts";
import { FollowerProgress } from "./follower-progress.ts";
import type { Frame } from "./frame.ts";
import { FrameDecider } from "./frame-decider.ts";
import { LeaderAuthority } from "./leader-authority.ts";
import type { PendingBatch } from "./pending-batch.ts";
import { batchHolds, frameHolds } from "./pending-tokens.ts";
import type { ShardLog } from "./shard-log.ts";
import { judgeSubscription, refused } from "./subscription-verdict.ts";

/** Nothing expires this long after serving resumed, so that an outage burns nobody's time to live. */
const EXPIRY_GRACE_MS = 30_000;
/** Most expiries in one frame: a backlog must not hold up reservations. */
const EXPIRIES_PER_FRAME_MAX = 512;

type InFlight = {
  readonly frame: Frame;
  /** Batches with a row in the frame that are not answered yet. */
  readonly batches: PendingBatch[];
  readonly expiries: readonly Expiry[];
};

/**
 * The leading side of a shard: admits batches, decides them into frames, counts who holds them.
 *
 * Invariants: one frame is in flight at a time, so decisions see committed state plus that frame
 * alone; a reply with a decision leaves only after its record is durable on the whole ack set;
 * nothing counts before the generation's START record is committed.
 */
export class LeaderRole {
  readonly #options: ShardEngineOptions;
  readonly #log: ShardLog;
  readonly #emit: (command: ShardCommand) => void;
  readonly #decider: FrameDecider;
  readonly #followers = new Map<number, FollowerProgress>();
  #configuration: ShardConfiguration | undefined;
  #isStartDue = false;
  /** START is committed by the whole ack set. */
  #isEstablished = false;
  /** The metadata service has recorded that, so that no node without this generation's records is promoted. */
  #isServing = false;
  #isLogMissing = false;
  #queue: PendingBatch[] = [];
  #queueRows = 0;
  #inFlight: InFlight | undefined;
  readonly #authority: LeaderAuthority;
  #leaderTimeMs = 0;
  #expireFromMs = 0;

  constructor(options: ShardEngineOptions, log: ShardLog, emit: (command: ShardCommand) => void) {
    this.#options = options;
    this.#log = log;
    this.#emit = emit;
    const { shardId, state, checksums, tokenWindow } = options;
    this.#authority = new LeaderAuthority(options.nodeId);
    this.#decider = new FrameDecider(shardId, state, log.view, checksums, tokenWindow);
  }

  get isEstablished(): boolean {
    return this.#isEstablished;
  }
  /** True once this generation may answer: START is committed, and the metadata service knows. */
  get isServing(): boolean {
    return this.#isServing;
  }
  /** Its right to act, as peers, remote and metadata service grant it. */
  get authority(): LeaderAuthority {
    return this.#authority;
  }
  get remoteDurableLsn(): number {
    return Math.min(this.#authority.remoteDurableLsn, this.#log.committedLsn);
  }

  get needsFlush(): boolean {
    return this.#inFlight === undefined && (this.#isStartDue || (this.#isServing && this.#queue.length > 0));
  }

  get needsShip(): boolean {
    if (!this.#isEstablished) return false;
    for (const follower of this.#followers.values()) {
      if (follower.toldCommitLsn < this.#log.committedLsn) return true;
    }
    return false;
  }

  /** Why new reservations are refused, 0 when they are not. */
  refusal(nowMs: number): number {
    const reason = this.#admissionRefusal(nowMs);
    return reason === 0 && this.#decider.isDiskFull ? ItemError.STORAGE_FULL : reason;
  }

  /** Why mutations of every kind are refused, 0 when they are not. */
  #admissionRefusal(nowMs: number): number {
    if (this.#isLogMissing) return ItemError.WAL_CORRUPT;
    if (this.#configuration === undefined) return ItemError.SHARD_FROZEN;
    if (this.#missesPeer()) return ItemError.SYNC_PEER_UNAVAILABLE;
    if (!this.#isServing) return ItemError.SHARD_FROZEN;
    if (!this.#authority.hasPeerGrants(nowMs)) return ItemError.SYNC_PEER_UNAVAILABLE;
    return this.#authority.isGateOpen(nowMs) ? 0 : ItemError.RPO_GATE_CLOSED;
  }

  /**
   * The metadata service recorded that this generation is established. Before, a node that holds
   * nothing of it could still be promoted in its place: nothing may be acknowledged.
   */
  onRecorded(): void {
    assert(this.#isEstablished, "a generation was recorded as established before its START was committed");
    this.#isServing = true;
  }

  /** Begins a generation; the log ends right before its start. */
  start(configuration: ShardConfiguration): void {
    assert(this.#log.appendedLsn === configuration.startLsn - 1, "a generation starts at the end of the log");
    assert(this.#inFlight === undefined && this.#queue.length === 0, "leader starts clean");
    this.#configuration = configuration;
    this.#isStartDue = true;
    this.#isEstablished = false;
    this.#isServing = false;
    this.#authority.begin(configuration);
  }

  /** Gives up leading: what is in flight has an unknown outcome, what waits was not recorded. */
  stop(reason: number): void {
    const inFlight = this.#inFlight;
    this.#inFlight = undefined;
    if (inFlight !== undefined) {
      for (const batch of inFlight.batches) this.#replyUnknown(batch, reason);
      for (const expiry of inFlight.expiries) this.#options.state.expiries.add(expiry.lsn, expiry.atMs);
    }
    this.#refuseQueue(reason);
    this.#configuration = undefined;
    this.#isStartDue = false;
    this.#isEstablished = false;
    this.#isServing = false;
    this.#isLogMissing = false;
    this.#followers.clear();
    this.#authority.end();
  }

  /** The configuration says this node leads, but its log does not reach the generation's start. */
  refuseMissingLog(): void {
    this.#isLogMissing = true;
  }

  onDiskSpace(isFull: boolean): void {
    this.#decider.isDiskFull = isFull;
  }

  onSubmitted(batch: PendingBatch, nowMs: number): void {
    const refusal = this.#admissionRefusal(nowMs);
    if (refusal !== 0) return this.refuse(batch, refusal);
    const isOver = this.#queueRows + batch.count > this.#options.queueRowsMax;
    if (isOver || batch.request.deadlineMs <= nowMs) return this.refuse(batch, ItemError.OVERLOADED);
    if (batch.count === 0) return this.#reply(batch);
    this.#queue.push(batch);
    this.#queueRows += batch.count;
  }

  /** Answers a batch none of whose rows was decided. */
  refuse(batch: PendingBatch, reason: number): void {
    batch.fail(0, batch.count, reason, this.#options.shardId);
    this.#reply(batch);
  }

  onFlush(nowMs: number, wallMs: number): void {
    const configuration = this.#configuration;
    if (configuration === undefined) return;
    this.#leaderTimeMs = Math.max(this.#leaderTimeMs, wallMs);
    if (this.#isStartDue) return this.#appendStart(configuration);
    // What was admitted may have waited longer than the authority it was admitted under.
    const refusal = this.#admissionRefusal(nowMs);
    if (refusal !== 0) return this.#refuseQueue(refusal);
    // Rounds without a record (refusals and replays only) are answered at once and end the loop by emptying the queue.
    while (this.#inFlight === undefined) {
      this.#decider.begin(
        configuration.generation,
        this.#log.appendedLsn + 1,
        wallMs,
        this.#queueRows + EXPIRIES_PER_FRAME_MAX,
      );
      const expiries = nowMs >= this.#expireFromMs ? this.#decideExpiries(wallMs) : [];
      const batches = this.#decideQueue();
      if (batches.length === 0 && expiries.length === 0) return;
      const frame = this.#decider.finish(this.#frameContext(configuration));
      if (frame === undefined) for (const batch of batches) this.#replyIfDone(batch, nowMs);
      else this.#append(frame, batches, expiries, configuration);
    }
  }

  onTick(nowMs: number, wallMs: number): void {
    this.#authority.onTick(nowMs, wallMs);
    if (this.#configuration === undefined) return;
    // While mutations are refused nobody can act on a reservation before its time runs out.
    if (this.#admissionRefusal(nowMs) !== 0) this.#expireFromMs = nowMs + EXPIRY_GRACE_MS;
    this.#dropOverdue(nowMs);
    this.onFlush(nowMs, wallMs);
  }

  onShip(nowMs: number, isHeartbeat: boolean): void {
    if (this.#configuration === undefined) return;
    for (const follower of this.#followers.values()) {
      // What was committed before this generation's START is proof of nothing in it.
      if (this.#isEstablished) this.#authority.onSent(follower.nodeId, nowMs, this.#log.committedLsn);
      const wasSent = this.#pump(follower);
      const isBehind = follower.toldCommitLsn < this.#log.committedLsn;
      if (!wasSent && (isHeartbeat || isBehind)) {
        this.#emit(follower.heartbeat(this.#log.committedLsn, this.#configuration.generation));
      }
    }
  }

  onAttached(event: FollowerAttached): void {
    const configuration = this.#configuration;
    // Whoever subscribes anew starts over: an older subscription of the node counts for nothing.
    for (const [session, follower] of this.#followers) {
      if (follower.nodeId === event.nodeId) this.#followers.delete(session);
    }
    const verdict = this.#isStartDue
      ? refused(ItemError.NOT_LEADER)
      : judgeSubscription(event, configuration, this.#log);
    if (verdict !== undefined || configuration === undefined) {
      this.#emit({
        type: "send_answer",
        session: event.session,
        nonce: event.nonce,
        generation: configuration?.generation ?? 0,
        verdict: verdict ?? refused(ItemError.NOT_LEADER),
      });
      return this.#refuseWithoutPeer();
    }
    const follower = new FollowerProgress(event, configuration.ackSet.includes(event.nodeId));
    this.#followers.set(event.session, follower);
    this.#authority.onAcked(event.nodeId, event.lastLsn, event.appliedLsn, 0);
    if (!this.#pump(follower))
      this.#emit(follower.heartbeat(this.#log.committedLsn, configuration.generation));
    this.onProgress(event.nowMs);
  }

  onAcked(event: FollowerAcked): void {
    const follower = this.#followers.get(event.session);
    if (follower === undefined || follower.nonce !== event.nonce) return;
    if (event.generation !== this.#configuration?.generation) return;
    if (!follower.acknowledge(this.#log.view, event.durableLsn, event.durableChain, event.appliedLsn)) {
      // An ack that contradicts the log counts for nothing; the follower has to subscribe anew.
      const { session, nonce } = follower;
      const verdict = refused(ItemError.WAL_CORRUPT);
      this.#emit({ type: "send_answer", session, nonce, generation: event.generation, verdict });
      return this.onDetached(session);
    }
    this.#authority.onAcked(follower.nodeId, event.durableLsn, event.appliedLsn, event.echoedSendMs);
    this.onProgress(event.nowMs);
    this.#pump(follower);
  }

  onDetached(session: number): void {
    if (this.#followers.delete(session)) this.#refuseWithoutPeer();
  }

  #refuseWithoutPeer(): void {
    if (this.#missesPeer()) this.#refuseQueue(ItemError.SYNC_PEER_UNAVAILABLE);
  }

  /** Somebody's durable position moved: commits what the whole ack set holds, answers, goes on. */
  onProgress(nowMs: number): void {
    const configuration = this.#configuration;
    if (configuration === undefined) return;
    // Without every peer's grant another leader may exist: what it cuts must not be committed here.
    if (!this.#authority.hasPeerGrants(nowMs)) return;
    const heldByAllLsn = this.#heldByAckSet(configuration);
    // Older generations' records are committed by this generation's START, never by counting.
    if (heldByAllLsn < configuration.startLsn) return;
    const applied = this.#log.commit(heldByAllLsn);
    if (applied === undefined) return;
    this.#completeInFlight(nowMs);
    if (!this.#isEstablished) {
      this.#isEstablished = true;
      this.#expireFromMs = nowMs + EXPIRY_GRACE_MS;
      this.#emit({ type: "established", generation: configuration.generation });
    }
    this.#emit(applied);
  }

  /** True while a mutation with this token is queued or in the frame in flight; "" means of any issuer. */
  isTokenPending(issuerId: string, token: Uint8Array): boolean {
    if (this.#queue.some((batch) => batchHolds(batch, issuerId, token))) return true;
    // The frame itself is asked: it may still be committed when its callers were told "unknown".
    const issuer = this.#options.state.issuers.numberOf(issuerId);
    return this.#inFlight !== undefined && frameHolds(this.#inFlight.frame, issuer, token);
  }

  #appendStart(configuration: ShardConfiguration): void {
    this.#isStartDue = false;
    this.#decider.begin(configuration.generation, this.#log.appendedLsn + 1, this.#leaderTimeMs, 1);
    this.#decider.addStart();
    const frame = this.#decider.finish(this.#frameContext(configuration));
    assert(frame !== undefined, "START frame is empty");
    this.#append(frame, [], [], configuration);
  }

  #append(
    frame: Frame,
    batches: PendingBatch[],
    expiries: readonly Expiry[],
    configuration: ShardConfiguration,
  ): void {
    this.#inFlight = { frame, batches, expiries };
    this.#log.append([frame]);
    for (const follower of this.#followers.values()) {
      if (!follower.isAckMember) continue;
      const message = follower.offer(frame, this.#log.committedLsn, configuration.generation);
      if (message !== undefined) this.#emit(message);
    }
  }

  #decideExpiries(wallMs: number): Expiry[] {
    const expiries: Expiry[] = [];
    const queue = this.#options.state.expiries;
    while (this.#decider.count < EXPIRIES_PER_FRAME_MAX) {
      const due = queue.takeDue(wallMs);
      if (due === undefined) break;
      const before = this.#decider.count;
      this.#decider.addExpiry(due.lsn);
      if (this.#decider.count > before) expiries.push(due);
    }
    return expiries;
  }

  /** Decides waiting rows until the frame is full; returns the batches with a row in it. */
  #decideQueue(): PendingBatch[] {
    const batches: PendingBatch[] = [];
    while (this.#queue.length > 0 && !this.#decider.isFull) {
      const batch = this.#queue[0];
      batch.inFlightFrom = batch.nextRow;
      while (batch.nextRow < batch.count && !this.#decider.isFull)
        this.#decider.decide(batch, batch.nextRow++);
      this.#queueRows -= batch.nextRow - batch.inFlightFrom;
      batches.push(batch);
      if (batch.nextRow < batch.count) break;
      this.#queue.shift();
    }
    return batches;
  }

  #frameContext(configuration: ShardConfiguration) {
    return {
      incarnation: configuration.incarnation,
      generation: configuration.generation,
      firstLsn: this.#log.appendedLsn + 1,
      leaderTimeMs: this.#leaderTimeMs,
      commitLsnHint: this.#log.committedLsn,
      prevChain: this.#log.appendedChain,
    };
  }

  #completeInFlight(nowMs: number): void {
    const inFlight = this.#inFlight;
    if (inFlight === undefined || this.#log.committedLsn < inFlight.frame.lastLsn) return;
    this.#inFlight = undefined;
    for (const batch of inFlight.batches) this.#replyIfDone(batch, nowMs);
  }

  #replyIfDone(batch: PendingBatch, nowMs: number): void {
    if (batch.nextRow < batch.count) return;
    if (!this.#authority.isGateOpen(nowMs)) this.#withhold(batch);
    this.#reply(batch);
  }

  /**
   * Takes back every decision the remote region is not known to hold: while the gate is closed even
   * a replay would be an acknowledgement that may be lost.
   */
  #withhold(batch: PendingBatch): void {
    const { results } = batch;
    const provenLsn = this.remoteDurableLsn;
    for (let row = 0; row < batch.nextRow; row++) {
      if (results.outcome(row) === Outcome.ERROR || results.lsn(row) <= provenLsn) continue;
      results.setError(row, ItemError.COMMIT_OUTCOME_UNKNOWN, this.#options.shardId);
    }
    batch.lsn = results.lastLsn();
  }

  #reply(batch: PendingBatch): void {
    const generation = batch.lsn === 0 ? 0 : generationOfLsn(this.#options.state.lineage, batch.lsn);
    const { ticket } = batch.request;
    this.#emit({ type: "reply", ticket, results: batch.results, lsn: batch.lsn, generation });
  }

  /** Answers a batch whose newest rows lie in a frame that may or may not survive. */
  #replyUnknown(batch: PendingBatch, reason: number): void {
    this.#withhold(batch);
    batch.fail(batch.nextRow, batch.count, reason, this.#options.shardId);
    if (this.#queue[0] === batch) this.#removeFromQueue(batch);
    this.#reply(batch);
  }

  #refuseQueue(reason: number): void {
    for (const batch of this.#queue) this.#giveUp(batch, reason);
  }

  /** Refuses the undecided rows of a waiting batch; decided ones keep their answer as far as the remote holds it. */
  #giveUp(batch: PendingBatch, reason: number): void {
    this.#removeFromQueue(batch);
    batch.fail(batch.nextRow, batch.count, reason, this.#options.shardId);
    batch.nextRow = batch.count;
    // A batch with rows in flight is answered when their frame is.
    if (this.#inFlight?.batches.includes(batch)) return;
    this.#withhold(batch);
    this.#reply(batch);
  }

  #removeFromQueue(batch: PendingBatch): void {
    this.#queue = this.#queue.filter((waiting) => waiting !== batch);
    this.#queueRows -= batch.count - batch.nextRow;
  }

  #dropOverdue(nowMs: number): void {
    const inFlight = this.#inFlight;
    if (inFlight !== undefined) {
      for (const batch of inFlight.batches.filter((each) => each.request.deadlineMs <= nowMs)) {
        inFlight.batches.splice(inFlight.batches.indexOf(batch), 1);
        this.#replyUnknown(batch, ItemError.OVERLOADED);
      }
    }
    for (const batch of this.#queue.filter((each) => each.request.deadlineMs <= nowMs)) {
      this.#giveUp(batch, ItemError.OVERLOADED);
    }
  }

  /** Sends a follower what it lacks; true when something was sent. */
  #pump(follower: FollowerProgress): boolean {
    const limitLsn = follower.isAckMember ? this.#log.appendedLsn : this.#log.committedLsn;
    const generation = this.#configuration?.generation ?? 0;
    let wasSent = false;
    for (;;) {
      const message = follower.nextMessage(this.#log.view, limitLsn, this.#log.committedLsn, generation);
      if (message === undefined) return wasSent;
      this.#emit(message);
      wasSent = true;
    }
  }

  /** True while a member of the ack set is away, or still catching up with what is committed. */
  #missesPeer(): boolean {
    const configuration = this.#configuration;
    return configuration === undefined || this.#heldByAckSet(configuration) < this.#log.committedLsn;
  }

  #followerOf(nodeId: string): FollowerProgress | undefined {
    for (const follower of this.#followers.values()) if (follower.nodeId === nodeId) return follower;
    return undefined;
  }

  #heldByAckSet(configuration: ShardConfiguration): number {
    let lsn = this.#log.durableLsn;
    for (const member of configuration.ackSet) {
      if (member !== this.#options.nodeId) lsn = Math.min(lsn, this.#followerOf(member)?.durableLsn ?? -1);
    }
    return lsn;
  }
}
