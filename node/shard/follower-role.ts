import { bytesEqual } from "./checksums.ts";
import type { ShardConfiguration } from "./configuration.ts";
import type { FramesReceived, ShardCommand, SubscriptionAnswered } from "./events.ts";
import { endsAt } from "./follower-progress.ts";
import { type Frame, frameIncarnation } from "./frame.ts";
import { GRANT_KEPT_MS } from "./grants.ts";
import type { ShardLog } from "./shard-log.ts";

/** Why a follower stands still until somebody helps; "" when it does not. */
export type FollowerFault = "" | "diverged" | "snapshot_needed";

/**
 * The following side of a shard: subscribes at the leader with the end of its own durable log,
 * appends what continues it, acknowledges what is durable, applies what is committed.
 *
 * Invariants: subscribes only when nothing appended waits for the disk; accepts a frame iff it is
 * of the subscription in force, of the shard's incarnation, and continues the log's chain.
 */
export class FollowerRole {
  readonly #log: ShardLog;
  readonly #emit: (command: ShardCommand) => void;
  readonly #openLinks = new Set<string>();
  #configuration: ShardConfiguration | undefined;
  /** Nonce of the subscription in force; 0 for none. */
  #subscription = 0;
  #nonce = 0;
  #leaderCommitLsn = 0;
  #echoedSendMs = 0;
  #fault: FollowerFault = "";
  /** Until when this node stands by the grants its acknowledgements gave. */
  #grantKeptUntilMs: number;

  /** After a restart it behaves as if it had just granted. */
  constructor(log: ShardLog, emit: (command: ShardCommand) => void, bootMs: number) {
    this.#log = log;
    this.#emit = emit;
    this.#grantKeptUntilMs = bootMs + GRANT_KEPT_MS;
  }

  /** Monotonic time until which a leader may hold a grant of this node. */
  get grantKeptUntilMs(): number {
    return this.#grantKeptUntilMs;
  }

  get fault(): FollowerFault {
    return this.#fault;
  }

  /** Follows the leader of a configuration whose promise is durable. */
  start(configuration: ShardConfiguration): void {
    this.#configuration = configuration;
    this.#subscription = 0;
    this.#fault = "";
    this.#subscribe();
  }

  stop(): void {
    this.#configuration = undefined;
    this.#subscription = 0;
    this.#leaderCommitLsn = 0;
  }

  onOpened(leader: string): void {
    this.#openLinks.add(leader);
    if (this.#configuration?.leader !== leader) return;
    this.#subscription = 0;
    this.#subscribe();
  }

  onClosed(leader: string): void {
    this.#openLinks.delete(leader);
    if (this.#configuration?.leader === leader) this.#subscription = 0;
  }

  onTick(): void {
    this.#subscribe();
  }

  onDurable(nowMs: number): void {
    if (this.#subscription === 0) return this.#subscribe();
    this.#acknowledge(nowMs);
  }

  onFrames(event: FramesReceived): void {
    const configuration = this.#configuration;
    if (configuration === undefined || event.leader !== configuration.leader) return;
    if (event.nonce !== this.#subscription || event.generation !== configuration.generation) return;
    if (!this.#continues(event.frames)) {
      this.#subscription = 0;
      return this.#subscribe();
    }
    this.#leaderCommitLsn = Math.max(this.#leaderCommitLsn, event.commitLsn);
    this.#echoedSendMs = event.sentMs;
    if (event.frames.length > 0) return this.#log.append(event.frames);
    this.#acknowledge(event.nowMs);
  }

  /** Takes the leader's answer in; a number is the LSN after which the log has to be cut. */
  onAnswered(event: SubscriptionAnswered): number | undefined {
    if (event.nonce !== this.#subscription || event.leader !== this.#configuration?.leader) return undefined;
    // A refused subscription is tried again at the next tick.
    this.#subscription = 0;
    const { verdict } = event;
    if (verdict.type === "refused") return undefined;
    if (verdict.type === "snapshot_needed") {
      this.#fault = "snapshot_needed";
      return undefined;
    }
    // Nothing is cut because a message says so: both logs must hold the same record at the cut.
    const isProven =
      verdict.keepLsn >= this.#log.committedLsn &&
      verdict.keepLsn < this.#log.appendedLsn &&
      endsAt(this.#log.view, verdict.keepLsn, verdict.keepChain);
    if (isProven) return verdict.keepLsn;
    this.#fault = "diverged";
    return undefined;
  }

  #subscribe(): void {
    const configuration = this.#configuration;
    if (configuration === undefined || this.#subscription !== 0 || this.#fault !== "") return;
    if (!this.#openLinks.has(configuration.leader) || this.#log.durableLsn !== this.#log.appendedLsn) return;
    this.#subscription = ++this.#nonce;
    this.#emit({
      type: "send_subscription",
      leader: configuration.leader,
      nonce: this.#subscription,
      incarnation: this.#log.appendedLsn === 0 ? undefined : this.#log.incarnation,
      promisedGeneration: configuration.generation,
      lastGeneration: this.#log.appendedGeneration,
      lastLsn: this.#log.appendedLsn,
      lastChain: this.#log.appendedChain,
      appliedLsn: this.#log.state.appliedLsn,
    });
  }

  #continues(frames: readonly Frame[]): boolean {
    const incarnation = this.#log.incarnation;
    const generation = this.#configuration?.generation ?? 0;
    let lsn = this.#log.appendedLsn;
    let chain = this.#log.appendedChain;
    for (const frame of frames) {
      if (frame.firstLsn !== lsn + 1 || !bytesEqual(frame.prevChain, chain)) return false;
      if (frame.generation > generation) return false;
      if (incarnation === undefined || !bytesEqual(frameIncarnation(frame.bytes), incarnation)) return false;
      lsn = frame.lastLsn;
      chain = frame.chain;
    }
    return true;
  }

  #acknowledge(nowMs: number): void {
    const configuration = this.#configuration;
    if (configuration === undefined) return;
    this.#grantKeptUntilMs = Math.max(this.#grantKeptUntilMs, nowMs + GRANT_KEPT_MS);
    const applied = this.#log.commit(this.#committable());
    this.#emit({
      type: "send_ack",
      leader: configuration.leader,
      nonce: this.#subscription,
      generation: configuration.generation,
      durableLsn: this.#log.durableLsn,
      durableChain: this.#log.durableChain(),
      appliedLsn: this.#log.state.appliedLsn,
      echoedSendMs: this.#echoedSendMs,
    });
    if (applied !== undefined) this.#emit(applied);
  }

  /** What the leader says is committed, as far as it is durable here. */
  #committable(): number {
    return Math.min(this.#leaderCommitLsn, this.#log.durableLsn);
  }
}
