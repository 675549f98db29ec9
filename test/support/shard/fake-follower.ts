import { assert } from "../../../common/assert.ts";
import { CHAIN_START } from "../../../node/shard/checksums.ts";
import type { FollowerAcked, FollowerAttached, SendFrames } from "../../../node/shard/events.ts";
import { type Frame, frameIncarnation } from "../../../node/shard/frame.ts";
import { MemoryLog } from "./memory-log.ts";
import { parsedFrame } from "./parsed-frame.ts";

/**
 * The other end of a leader's stream: parses what is sent, keeps it, and says it is durable when
 * the test lets its disk finish.
 */
export class FakeFollower {
  readonly nodeId: string;
  readonly log = new MemoryLog();
  durableLsn = 0;
  commitLsn = 0;
  session = 0;
  nonce = 0;
  generation = 0;
  isAttached = false;
  #sentMs = 0;

  constructor(nodeId: string) {
    this.nodeId = nodeId;
  }

  /** The subscription of a follower whose disk has finished everything received. */
  attach(session: number, nowMs: number, promisedGeneration: number): FollowerAttached {
    this.session = session;
    this.nonce++;
    this.isAttached = true;
    this.generation = promisedGeneration;
    this.durableLsn = this.log.lastLsn;
    const last = this.log.frames.at(-1);
    return {
      type: "follower_attached",
      nowMs,
      session,
      nodeId: this.nodeId,
      nonce: this.nonce,
      incarnation: last && frameIncarnation(last.bytes),
      promisedGeneration,
      lastGeneration: last?.generation ?? 0,
      lastLsn: this.durableLsn,
      lastChain: this.chainAt(this.durableLsn),
      appliedLsn: this.appliedLsn,
    };
  }

  /** Takes a message in; frames are parsed from their bytes and must continue the log. */
  receive(message: SendFrames, sentMs: number): void {
    if (!this.isAttached || message.nonce !== this.nonce) return;
    for (const sent of message.frames) {
      const frame = parsedFrame(sent.bytes);
      assert(
        sameBytes(frame.prevChain, this.chainAt(this.log.lastLsn)),
        "a leader sends what continues the log",
      );
      this.log.append([frame]);
    }
    this.commitLsn = Math.max(this.commitLsn, message.commitLsn);
    this.#sentMs = sentMs;
  }

  /** The follower's disk finished: everything received is durable, and the leader hears of it. */
  acknowledge(nowMs: number): FollowerAcked {
    this.durableLsn = this.log.lastLsn;
    return this.answer(nowMs);
  }

  /** What a follower answers to a heartbeat: how far its disk was before. */
  answer(nowMs: number): FollowerAcked {
    return {
      type: "follower_acked",
      nowMs,
      session: this.session,
      nonce: this.nonce,
      generation: this.generation,
      durableLsn: this.durableLsn,
      durableChain: this.chainAt(this.durableLsn),
      appliedLsn: this.appliedLsn,
      echoedSendMs: this.#sentMs,
    };
  }

  /** What was received and not synced is lost. */
  crash(): void {
    this.isAttached = false;
    this.log.cut(this.durableLsn);
  }

  cut(keepLsn: number): void {
    this.log.cut(keepLsn);
    this.durableLsn = Math.min(this.durableLsn, keepLsn);
  }

  get appliedLsn(): number {
    return Math.min(this.commitLsn, this.durableLsn);
  }

  chainAt(lsn: number): Uint8Array {
    return lsn === 0 ? CHAIN_START : this.#frameEndingAt(lsn).chain;
  }

  #frameEndingAt(lsn: number): Frame {
    const frame = this.log.frameAt(lsn);
    assert(frame.lastLsn === lsn, "positions are frame boundaries");
    return frame;
  }
}

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0;
}
