import type {
  LaneCommand,
  LaneEvent,
  PathState,
  Reply,
  Send,
  ShardSession,
} from "../../router/placement/attempt/lane-events.ts";
import { ShardLane } from "../../router/placement/attempt/shard-lane.ts";
import { answerOf, reserves, summaryOf, type TestResult, tokenNumbers } from "./mutation-rows.ts";

/** A lane of shard 1 with everything around it played by the test; time passes only when told. */
export class LaneBench {
  readonly lane: ShardLane;
  readonly sends: Send[] = [];
  readonly replies: Reply[] = [];
  refreshes = 0;
  nowMs = 1000;
  path: PathState = "ready";
  #lastTicket = 0;

  constructor(waitingRowsMax = 1000) {
    const paths = { state: () => this.path };
    this.lane = new ShardLane({ shardId: 1, paths, waitingRowsMax, retryAfterMs: () => 50 });
  }

  /** Feeds an event and keeps what is commanded. */
  step(event: LaneEvent): void {
    for (const command of this.lane.step(event)) this.#keep(command);
  }

  configure(generation: number, leader = `n${generation}`): void {
    this.step({ type: "configured", nowMs: this.nowMs, generation, leader });
  }

  /** Submits rows with the test tokens named. @returns the ticket */
  submit(tokens: readonly number[], timeoutMs = 1000): number {
    const ticket = ++this.#lastTicket;
    const batch = reserves(
      tokens.map(() => "issuer"),
      tokens[0],
    );
    this.step({ type: "submitted", nowMs: this.nowMs, ticket, batch, deadlineMs: this.nowMs + timeoutMs });
    return ticket;
  }

  /** Answers the send of that index. */
  answer(index: number, rows: readonly TestResult[], session?: ShardSession): void {
    const { sendId } = this.sends[index];
    this.step({ type: "answered", nowMs: this.nowMs, sendId, results: answerOf(rows), session });
  }

  lose(nodeId = "n1"): void {
    this.step({ type: "stream_lost", nowMs: this.nowMs, nodeId });
  }

  pathChanged(path: PathState): void {
    this.path = path;
    this.step({ type: "path_changed", nowMs: this.nowMs });
  }

  /** Lets time pass in steps of 10 ms. */
  pass(ms: number): void {
    for (const endMs = this.nowMs + ms; this.nowMs < endMs; ) {
      this.nowMs += 10;
      this.step({ type: "tick", nowMs: this.nowMs });
    }
  }

  /** What was sent: generation, node and tokens of each send. */
  get sent(): string[] {
    return this.sends.map(
      ({ generation, nodeId, batch }) => `${generation}@${nodeId}:${tokenNumbers(batch).join(",")}`,
    );
  }

  /** What was answered: ticket and results of each reply. */
  get replied(): string[] {
    return this.replies.map(({ ticket, results }) => `${ticket}:${summaryOf(results).join(",")}`);
  }

  #keep(command: LaneCommand): void {
    if (command.type === "send") this.sends.push(command);
    else if (command.type === "reply") this.replies.push(command);
    else this.refreshes++;
  }
}
