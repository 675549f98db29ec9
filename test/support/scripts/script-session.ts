import { assert } from "../../../common/assert.ts";
import type { MutationFields } from "../../../common/batch/mutation-batch.ts";
import type { ShardConfiguration } from "../../../node/shard/configuration.ts";
import type {
  ProposeRestart,
  Reply,
  SendFrames,
  ShardCommand,
  ShardEvent,
} from "../../../node/shard/events.ts";
import type { SubmitRequest } from "../../../node/shard/events.ts";
import { batchOf, submitRequest } from "../shard/batches.ts";
import { FakeFollower } from "../shard/fake-follower.ts";
import { FrameAuthor } from "../shard/frame-author.ts";
import { HEARTBEAT_MS, ShardHost, type ShardHostOptions } from "../shard/shard-host.ts";
import { TokenNames } from "./token-names.ts";
import { commandText, type TraceNames } from "./trace-text.ts";

/** What one script acts on: an engine on its host, and fakes of everybody it talks to. */
export class ScriptSession implements TraceNames {
  readonly tokens = new TokenNames();
  /** Writes the frames a leader sends when the engine under test follows. */
  author = new FrameAuthor();
  host = new ShardHost();
  configuration: ShardConfiguration | undefined;
  proposal: ProposeRestart | undefined;
  /** Nonces of the engine's own subscriptions, newest last. */
  readonly nonces: number[] = [];
  readonly #followers = new Map<string, FakeFollower>();
  readonly #sessions = new Map<number, FakeFollower>();
  readonly #rowsByTicket = new Map<number, readonly string[]>();
  #tickets = 0;
  #trace: string[] = [];

  /** Starts over with another kind of node. */
  useHost(options: Partial<ShardHostOptions>): void {
    this.host = new ShardHost(options);
  }

  /** What happened since the last call. */
  takeTrace(): string[] {
    return this.#trace.splice(0);
  }

  say(line: string): void {
    this.#trace.push(line);
  }

  /** Delivers an event and lets the fakes take their part of the commands. */
  step(event: ShardEvent): void {
    this.take(this.host.step(event));
  }

  /** Tells and delivers what the engine asked for. */
  take(commands: readonly ShardCommand[]): void {
    for (const command of commands) {
      this.say(commandText(command, this));
      this.#deliver(command);
    }
  }

  /** Time passes as in a healthy cluster: heartbeats, what attached followers answer, the timer. */
  pass(ms: number): void {
    for (let left = ms; left > 0; left -= HEARTBEAT_MS) {
      this.host.pass(Math.min(left, HEARTBEAT_MS));
      this.#takeQuietly(this.host.heartbeat());
      for (const follower of this.#followers.values()) {
        if (follower.isAttached) this.#takeQuietly(this.host.step(follower.answer(this.host.nowMs)));
      }
      this.take(this.host.tick());
    }
  }

  submit(mutations: readonly MutationFields[], changes: Partial<SubmitRequest>): void {
    const ticket = ++this.#tickets;
    this.#rowsByTicket.set(
      ticket,
      mutations.map(({ token }) => this.tokens.nameAt(token, 0)),
    );
    const request = submitRequest(batchOf(mutations), { ticket, ...changes });
    this.step({ type: "submitted", nowMs: this.host.nowMs, request });
  }

  /** The first batch that is told of is number 1. */
  forgetTickets(): void {
    this.#tickets = 0;
  }

  /** The fake follower on a node; it keeps its log for the whole script. */
  follower(nodeId: string): FakeFollower {
    let follower = this.#followers.get(nodeId);
    if (follower === undefined) this.#followers.set(nodeId, (follower = new FakeFollower(nodeId)));
    return follower;
  }

  /** Gives a follower a stream of its own. */
  openSession(follower: FakeFollower): number {
    const session = this.#sessions.size + 1;
    this.#sessions.set(session, follower);
    return session;
  }

  nodeOf(session: number): string {
    return this.#sessions.get(session)?.nodeId ?? `session ${session}`;
  }

  rowsOf(ticket: number): readonly string[] {
    return this.#rowsByTicket.get(ticket) ?? [];
  }

  /** Heartbeats are not worth telling while nothing else happens. */
  #takeQuietly(commands: readonly ShardCommand[]): void {
    for (const command of commands) {
      if (command.type === "send_frames" && command.frames.length === 0) this.#deliver(command);
      else this.take([command]);
    }
  }

  #deliver(command: ShardCommand): void {
    switch (command.type) {
      case "send_frames":
        return this.#deliverFrames(command);
      case "send_answer": {
        const follower = this.#sessions.get(command.session);
        if (follower !== undefined) follower.isAttached = false;
        return;
      }
      case "send_subscription":
        this.nonces.push(command.nonce);
        return;
      case "propose_restart":
        this.proposal = command;
        return;
      case "reply":
        return this.#checkDurable(command);
      default:
    }
  }

  #deliverFrames(command: SendFrames): void {
    const follower = this.#sessions.get(command.session);
    assert(follower !== undefined, "frames go to a session that exists");
    const isPeer = this.configuration?.ackSet.includes(follower.nodeId);
    const lastLsn = command.frames.at(-1)?.lastLsn ?? 0;
    assert(isPeer || lastLsn <= command.commitLsn, "an asynchronous follower gets committed records only");
    follower.receive(command, this.host.nowMs);
  }

  /** Whatever a script does: an answer leaves only when its record is durable on the whole ack set. */
  #checkDurable({ results }: Reply): void {
    const { durableLsn } = this.host.engine.status(this.host.nowMs);
    for (let row = 0; row < results.count; row++) {
      const lsn = results.lsn(row);
      assert(lsn <= durableLsn, "an answer is durable on the leader");
      for (const member of this.configuration?.ackSet ?? []) {
        if (member === this.host.options.nodeId) continue;
        assert(lsn <= this.follower(member).durableLsn, `an answer is durable on ${member}`);
      }
    }
  }
}
