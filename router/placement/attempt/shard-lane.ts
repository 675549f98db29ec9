import { ItemError } from "../../../common/batch/kinds.ts";
import { Attempt, type AttemptContext } from "./attempt.ts";
import { AttemptQueue } from "./attempt-queue.ts";
import type { Answered, Configured, LaneCommand, LaneEvent, LeaderPaths, Submitted } from "./lane-events.ts";

/** Most sends of one attempt; the pauses between so many are longer than callers usually wait. */
const SENDS_MAX = 20;
/** First and longest pause before refused rows are sent again while no newer configuration is known. */
const RESEND_PAUSE_MS_MIN = 10;
const RESEND_PAUSE_MS_MAX = 500;
/** How long a superseded leader may take to answer what it was sent; a live one ends it at once. */
const SUPERSEDED_GRACE_MS = 100;
/** An approval that took longer is not believed: the leader's authority may have ended meanwhile. */
const APPROVAL_AGE_MS_MAX = 1000;

/** What a lane is made of. */
export type LaneOptions = AttemptContext & {
  readonly paths: LeaderPaths;
  /** Most rows that wait to be sent. */
  readonly waitingRowsMax: number;
};

/**
 * The attempts on one shard: sends batches to its leader, sends again what a leader of another
 * generation refused or a broken stream left open, and answers every batch once. Pure and
 * synchronous: one event in, commands out.
 *
 * The order of each issuer's items is kept by three invariants:
 * - all sends in flight name one generation;
 * - after a new generation, or after anything came back, one send goes alone until the leader has
 *   taken one: a leader that is about to refuse the first cannot take the second;
 * - what came back is sent again in the order of submission, before what was never sent.
 */
export class ShardLane {
  readonly #options: LaneOptions;
  readonly #waiting = new AttemptQueue();
  /** Sent and not answered, by send id. */
  readonly #flying = new Map<number, Attempt>();
  /** Where the sends in flight went. */
  #destination = { generation: 0, leader: "" };
  /** Where the next ones go; undefined until the shard map is known. */
  #configuration: { readonly generation: number; readonly leader: string } | undefined;
  #nextSendId = 1;
  /** Whether the leader took a send since the generation began and since anything came back. */
  #accepted = false;
  #refusals = 0;
  #resumeAtMs = Number.NEGATIVE_INFINITY;
  #graceEndsMs = Number.POSITIVE_INFINITY;
  #commands: LaneCommand[] = [];

  constructor(options: LaneOptions) {
    this.#options = options;
  }

  /** True when nothing is open, so that no ticks are needed. */
  get idle(): boolean {
    return this.#waiting.size === 0 && this.#flying.size === 0;
  }

  /** Takes an event in. @returns what must be done now, in order */
  step(event: LaneEvent): readonly LaneCommand[] {
    this.#commands = [];
    switch (event.type) {
      case "submitted":
        this.#submit(event);
        break;
      case "answered":
        this.#takeAnswer(event);
        break;
      case "stream_lost":
        if (this.#destination.leader === event.nodeId) this.#recall();
        break;
      case "configured":
        this.#configure(event);
        break;
      case "tick":
        this.#expire(event.nowMs);
        if (event.nowMs >= this.#graceEndsMs) this.#recall();
        break;
      case "path_changed":
        break;
    }
    this.#sendWaiting(event.nowMs);
    return this.#commands;
  }

  #submit(event: Submitted): void {
    const attempt = new Attempt(event.ticket, event.batch, event.deadlineMs, this.#options);
    const wouldBeRows = this.#waiting.rows + attempt.openCount;
    if (this.#waiting.size > 0 && wouldBeRows > this.#options.waitingRowsMax) {
      this.#fail(attempt, ItemError.OVERLOADED);
    } else this.#waiting.insert(attempt);
  }

  #takeAnswer({ sendId, nowMs, results, session }: Answered): void {
    const attempt = this.#flying.get(sendId);
    if (attempt === undefined) return; // recalled meanwhile, and sent again under another id
    this.#flying.delete(sendId);
    if (attempt.replied) return;
    const isComplete = attempt.absorb(results, session, nowMs - attempt.sentMs > APPROVAL_AGE_MS_MAX);
    if (isComplete) {
      // The last answer of a superseded leader proves nothing of its successor.
      this.#accepted ||= this.#isCurrent();
      this.#refusals = 0;
      this.#reply(attempt);
    } else this.#takeBack(attempt, nowMs);
  }

  #configure({ generation, leader, nowMs }: Configured): void {
    if (this.#configuration !== undefined && this.#configuration.generation >= generation) return;
    this.#configuration = { generation, leader };
    this.#accepted = false;
    this.#refusals = 0;
    this.#resumeAtMs = nowMs;
    this.#graceEndsMs = nowMs + SUPERSEDED_GRACE_MS;
  }

  /** Rows were refused or left uncertain: they wait for a newer configuration, or for a pause. */
  #takeBack(attempt: Attempt, nowMs: number): void {
    if (this.#isCurrent()) {
      const pauseMs = Math.min(RESEND_PAUSE_MS_MAX, RESEND_PAUSE_MS_MIN * 2 ** this.#refusals);
      this.#refusals++;
      this.#resumeAtMs = nowMs + pauseMs;
      this.#commands.push({ type: "refresh" });
    }
    this.#accepted = false;
    if (attempt.sends < SENDS_MAX) this.#waiting.insert(attempt);
    else this.#fail(attempt, ItemError.LEADER_UNREACHABLE);
  }

  /** What is in flight will not be answered: it may have been recorded, and is sent again. */
  #recall(): void {
    const attempts = [...this.#flying.values()];
    this.#flying.clear();
    this.#accepted = false;
    for (const attempt of attempts) {
      if (attempt.replied) continue;
      attempt.expose();
      this.#waiting.insert(attempt);
    }
  }

  #expire(nowMs: number): void {
    for (const attempt of this.#flying.values()) {
      if (attempt.replied || attempt.deadlineMs > nowMs) continue;
      attempt.expose();
      this.#fail(attempt, ItemError.COMMIT_OUTCOME_UNKNOWN);
    }
    this.#failWaiting((attempt) => attempt.deadlineMs <= nowMs);
  }

  #sendWaiting(nowMs: number): void {
    if (this.#flying.size === 0) this.#graceEndsMs = Number.POSITIVE_INFINITY;
    while (this.#waiting.first !== undefined && this.#maySend(nowMs)) {
      if (!this.#tryFirst(this.#waiting.first, nowMs)) return;
    }
  }

  #maySend(nowMs: number): boolean {
    if (this.#configuration === undefined || nowMs < this.#resumeAtMs) return false;
    return this.#flying.size === 0 || (this.#accepted && this.#isCurrent());
  }

  /** Whether what is in flight went where the next send would go. */
  #isCurrent(): boolean {
    return this.#destination.generation === this.#configuration?.generation;
  }

  /** @returns whether the next one may be tried */
  #tryFirst(attempt: Attempt, nowMs: number): boolean {
    if (attempt.deadlineMs <= nowMs) return this.#refuseFirst(attempt, ItemError.LEADER_UNREACHABLE);
    const { leader, generation } = this.#configuration ?? this.#destination;
    switch (this.#options.paths.state(leader, attempt.openCount)) {
      case "ready":
        this.#waiting.shift();
        this.#destination = { leader, generation };
        this.#send(attempt, nowMs);
        return true;
      case "pending":
        return false;
      case "down":
        this.#failWaiting(({ exposed }) => !exposed);
        return false;
      case "full":
        return attempt.exposed ? false : this.#refuseFirst(attempt, ItemError.OVERLOADED);
    }
  }

  #refuseFirst(attempt: Attempt, reason: number): true {
    this.#waiting.shift();
    this.#fail(attempt, reason);
    return true;
  }

  #send(attempt: Attempt, nowMs: number): void {
    const sendId = this.#nextSendId++;
    attempt.sends++;
    attempt.sentMs = nowMs;
    this.#flying.set(sendId, attempt);
    this.#commands.push({
      type: "send",
      sendId,
      nodeId: this.#destination.leader,
      generation: this.#destination.generation,
      batch: attempt.openRows(),
      timeoutMs: Math.ceil(attempt.deadlineMs - nowMs),
      sends: attempt.sends,
    });
  }

  #failWaiting(fits: (attempt: Attempt) => boolean): void {
    for (const attempt of this.#waiting.takeWhere(fits)) this.#fail(attempt, ItemError.LEADER_UNREACHABLE);
  }

  #fail(attempt: Attempt, reason: number): void {
    attempt.fail(reason);
    this.#reply(attempt);
  }

  #reply(attempt: Attempt): void {
    attempt.replied = true;
    const { ticket, session, misplaced } = attempt;
    this.#commands.push({ type: "reply", ticket, results: attempt.results(), session, misplaced });
  }
}
