import assert from "node:assert/strict";
import { Decline, ItemError, Kind, Outcome } from "../../../common/batch/kinds.ts";
import type { MutationFields } from "../../../common/batch/mutation-batch.ts";
import type { MutationResultFields, ResultBatch } from "../../../common/batch/result-batch.ts";
import type { ShardConfiguration } from "../../../node/shard/configuration.ts";
import type { Reply, ShardCommand } from "../../../node/shard/events.ts";
import { type Frame, FrameRows, RecordRow } from "../../../node/shard/frame.ts";
import { batchOf, submitRequest } from "./batches.ts";
import { CheckpointCopy } from "./checkpoint-copy.ts";
import { ContractModel, exposureOf } from "./contract-model.ts";
import { FakeFollower } from "./fake-follower.ts";
import { ANY_AGE, incarnationOf, SHARD_ID } from "./frame-author.ts";
import { nameOf } from "./name-of.ts";
import { HEARTBEAT_MS, ShardHost } from "./shard-host.ts";

/** Errors with which a leader answers what it did not decide. */
const UNDECIDED: readonly number[] = [
  ItemError.OVERLOADED,
  ItemError.SYNC_PEER_UNAVAILABLE,
  ItemError.SHARD_FROZEN,
  ItemError.STORAGE_FULL,
];

/** A leader and the contract's model side by side: whatever the leader answers, the model must say too. */
export class ModelRun {
  readonly host: ShardHost;
  readonly model = new ContractModel();
  readonly checkpoint = new CheckpointCopy();
  /** The one other member of the ack set, when there is one. */
  readonly peer: FakeFollower | undefined;
  /** How often each outcome was seen. */
  readonly seen: Map<string, number>;
  readonly #open = new Map<number, readonly MutationFields[]>();
  readonly #answers = new Map<number, ResultBatch>();
  readonly #sent: MutationFields[] = [];
  readonly #configuration: ShardConfiguration;
  #tickets = 0;
  #sessions = 0;

  constructor(hasPeer: boolean, seen: Map<string, number>, queueRowsMax = 20_000) {
    this.seen = seen;
    this.host = new ShardHost({ tokenWindow: ANY_AGE, queueRowsMax });
    this.peer = hasPeer ? new FakeFollower("b") : undefined;
    const ackSet = hasPeer ? ["a", "b"] : ["a"];
    this.#configuration = {
      shardId: SHARD_ID,
      generation: 1,
      incarnation: incarnationOf(1),
      leader: "a",
      ackSet,
      remote: "",
      replicas: ackSet,
      startLsn: 1,
      operationId: "operation-1",
      established: false,
    };
    this.host.step({ type: "configured", configuration: this.#configuration });
    this.take(this.host.persistPromise());
    this.settle();
  }

  /** Sends a batch and returns its ticket. */
  submit(mutations: readonly MutationFields[]): number {
    this.#sent.push(...mutations);
    const ticket = ++this.#tickets;
    this.#open.set(ticket, mutations);
    const request = submitRequest(batchOf(mutations), { ticket });
    this.take(this.host.step({ type: "submitted", nowMs: this.host.nowMs, request }));
    return ticket;
  }

  /** What a batch was answered. */
  answer(ticket: number): ResultBatch {
    const results = this.#answers.get(ticket);
    assert.ok(results !== undefined, "the batch is answered");
    return results;
  }

  /** Some of what was sent before is sent again. */
  repeat(number: number): void {
    const from = number % Math.max(1, this.#sent.length);
    this.submit(this.#sent.slice(from, from + 6));
  }

  /** Time passes with heartbeats, their answers and the timer. */
  pass(ms: number): void {
    for (let left = ms; left > 0; left -= HEARTBEAT_MS) {
      this.host.pass(Math.min(left, HEARTBEAT_MS));
      this.take(this.host.heartbeat());
      if (this.peer?.isAttached) this.take(this.host.step(this.peer.answer(this.host.nowMs)));
      this.take(this.host.tick());
    }
  }

  sync(): void {
    if (this.host.unsynced.length > 0) this.take(this.host.sync());
  }

  acknowledge(): void {
    if (this.peer?.isAttached) this.take(this.host.step(this.peer.acknowledge(this.host.nowMs)));
  }

  attach(): void {
    if (this.peer === undefined || this.peer.isAttached) return;
    this.take(this.host.step(this.peer.attach(++this.#sessions, this.host.nowMs, 1)));
  }

  /** The peer goes away; after a crash it has lost what it had not synced. */
  detach(crashes: boolean): void {
    if (!this.peer?.isAttached) return;
    if (crashes) this.peer.crash();
    this.peer.isAttached = false;
    this.take(this.host.step({ type: "follower_detached", session: this.peer.session }));
  }

  setDiskFull(full: boolean): void {
    this.host.step({ type: "disk_space", full });
  }

  /** Everything that waits is decided, synced, acknowledged and answered. */
  settle(): void {
    this.setDiskFull(false);
    do {
      this.take(this.host.flush());
      while (this.host.unsynced.length > 0) this.sync();
      this.attach();
      this.acknowledge();
    } while (this.host.engine.needsFlush);
  }

  /** The leader's tables say what the model says. */
  checkState(): void {
    assert.equal(this.#open.size, 0, "every batch is answered");
    assert.equal(this.host.log.lastLsn, this.model.lsn);
    const { issuers } = this.host.engine.state;
    assert.equal(issuers.count, this.model.issuers.size);
    for (const [issuerId, expected] of this.model.issuers) {
      const row = issuers.row(issuers.numberOf(issuerId));
      const states = [...expected.reservations.values()].map(({ state }) => state);
      assert.equal(row.limitMinor, expected.limitMinor);
      assert.equal(row.exposureMinor, exposureOf(expected));
      assert.equal(row.openCount, states.filter((state) => state === "OPEN").length);
      assert.equal(row.settledCount, states.filter((state) => state === "SETTLED").length);
    }
  }

  take(commands: readonly ShardCommand[]): void {
    for (const command of commands) {
      if (command.type === "append") for (const frame of command.frames) this.#takeFrame(frame);
      if (command.type === "reply") this.#takeReply(command);
      if (command.type === "send_frames") this.peer?.receive(command, this.host.nowMs);
      if (command.type === "send_answer") assert.fail("the peer is served");
    }
  }

  /** What nobody asked for comes first in a frame: the model has to hear of it before the answers. */
  #takeFrame(frame: Frame): void {
    const rows = new FrameRows(frame);
    for (let row = 0; row < frame.count; row++) {
      const at = rows.rowOffset(row);
      if (rows.kindAt(at) === Kind.START) this.model.skipRecord();
      if (rows.kindAt(at) === Kind.EXPIRE) this.#expire(rows.int64At(at, RecordRow.RESERVATION_LSN));
    }
  }

  #expire(reservationLsn: number): void {
    const created = this.host.log.frameAt(reservationLsn);
    const reservation = this.model.reservations().find(({ lsn }) => lsn === reservationLsn);
    assert.ok(reservation !== undefined && reservation.ttlMs > 0, "only a time to live runs out");
    assert.ok(created.leaderTimeMs + reservation.ttlMs <= this.host.wallMs, "not before its time");
    this.model.expire(reservationLsn);
  }

  #takeReply({ ticket, results, lsn }: Reply): void {
    const mutations = this.#open.get(ticket);
    assert.ok(mutations !== undefined, "a batch is answered once");
    this.#open.delete(ticket);
    this.#answers.set(ticket, results);
    let sessionLsn = 0;
    for (const [row, mutation] of mutations.entries()) {
      const result = results.read(row);
      sessionLsn = Math.max(sessionLsn, result.lsn);
      this.#checkResult(mutation, result);
    }
    assert.equal(lsn, sessionLsn, "the session covers every row");
  }

  #checkResult(mutation: MutationFields, result: MutationResultFields): void {
    const { outcome, reason, replayed, lsn, headroomMinor } = result;
    const text = outcomeText(result);
    this.seen.set(text, (this.seen.get(text) ?? 0) + 1);
    if (outcome === Outcome.ERROR && UNDECIDED.includes(reason)) return;
    const isError = outcome === Outcome.ERROR;
    const answer = isError ? { error: text } : { decision: text.replace(" replayed", ""), replayed, lsn };
    assert.deepEqual(answer, this.model.decide(mutation), JSON.stringify(mutation));
    if (!isError && !replayed) this.#checkHeadroom(mutation.issuerId, headroomMinor);
  }

  #checkHeadroom(issuerId: string, headroomMinor: number): void {
    const issuer = this.model.issuers.get(issuerId);
    if (issuer !== undefined) assert.equal(headroomMinor, issuer.limitMinor - exposureOf(issuer));
  }
}

function outcomeText({ outcome, reason, replayed }: MutationResultFields): string {
  if (outcome === Outcome.ERROR) return nameOf(ItemError, reason);
  const decision = outcome === Outcome.APPROVED ? "APPROVED" : `DECLINED ${nameOf(Decline, reason)}`;
  return replayed ? `${decision} replayed` : decision;
}
