import { CHAIN_START, bytesEqual } from "./checksums.ts";
import type { Frame } from "./frame.ts";
import type { FollowerAttached, SendFrames } from "./events.ts";
import type { LogView } from "./log-view.ts";

/** Bytes of frames in one message. */
const MESSAGE_BYTES_MAX = 1024 * 1024;
/** Bytes sent to one follower of one shard and not yet acknowledged. */
const WINDOW_BYTES_MAX = 16 * 1024 * 1024;

/**
 * The leader's view of one follower of one shard.
 *
 * Invariants: durableLsn < nextLsn; everything below nextLsn was sent in this subscription or was
 * the follower's own when it subscribed; durableLsn counts only acks of this subscription's
 * generation whose chain value equals the leader's.
 */
export class FollowerProgress {
  readonly session: number;
  readonly nodeId: string;
  readonly nonce: number;
  /** True for members of the ack set: they get frames before they are committed. */
  readonly isAckMember: boolean;
  nextLsn: number;
  durableLsn: number;
  appliedLsn: number;
  /** Commit position the follower was told last. */
  toldCommitLsn = 0;
  #unackedBytes = 0;
  #unacked: { lastLsn: number; bytes: number }[] = [];

  constructor(event: FollowerAttached, isAckMember: boolean) {
    this.session = event.session;
    this.nodeId = event.nodeId;
    this.nonce = event.nonce;
    this.isAckMember = isAckMember;
    this.nextLsn = event.lastLsn + 1;
    this.durableLsn = event.lastLsn;
    this.appliedLsn = event.appliedLsn;
  }

  /** The next message of frames up to a limit, or undefined when there is nothing to send or no room. */
  nextMessage(log: LogView, limitLsn: number, commitLsn: number, generation: number): SendFrames | undefined {
    if (this.nextLsn > limitLsn || this.#unackedBytes >= WINDOW_BYTES_MAX) return undefined;
    const frames: Frame[] = [];
    let bytes = 0;
    while (this.nextLsn <= limitLsn && bytes < MESSAGE_BYTES_MAX) {
      const frame = log.frameAt(this.nextLsn);
      frames.push(frame);
      bytes += frame.bytes.byteLength;
      this.nextLsn = frame.lastLsn + 1;
    }
    this.#sent(bytes);
    return this.#message(frames, commitLsn, generation);
  }

  /** A message with the frame just appended, if it is the next one this follower needs. */
  offer(frame: Frame, commitLsn: number, generation: number): SendFrames | undefined {
    if (this.nextLsn !== frame.firstLsn || this.#unackedBytes >= WINDOW_BYTES_MAX) return undefined;
    this.nextLsn = frame.lastLsn + 1;
    this.#sent(frame.bytes.byteLength);
    return this.#message([frame], commitLsn, generation);
  }

  /** A message without frames: says the commit position and asks for an ack. */
  heartbeat(commitLsn: number, generation: number): SendFrames {
    return this.#message([], commitLsn, generation);
  }

  /**
   * Takes an ack in; false when it contradicts the leader's log (not a frame boundary, another
   * chain value, beyond what was sent).
   */
  acknowledge(log: LogView, durableLsn: number, durableChain: Uint8Array, appliedLsn: number): boolean {
    if (durableLsn >= this.nextLsn || durableLsn < this.durableLsn) return false;
    if (durableLsn > this.durableLsn && !endsAt(log, durableLsn, durableChain)) return false;
    this.durableLsn = durableLsn;
    this.appliedLsn = appliedLsn;
    while (this.#unacked.length > 0 && this.#unacked[0].lastLsn <= durableLsn) {
      this.#unackedBytes -= this.#unacked[0].bytes;
      this.#unacked.shift();
    }
    return true;
  }

  #sent(bytes: number): void {
    this.#unacked.push({ lastLsn: this.nextLsn - 1, bytes });
    this.#unackedBytes += bytes;
  }

  #message(frames: readonly Frame[], commitLsn: number, generation: number): SendFrames {
    this.toldCommitLsn = commitLsn;
    return { type: "send_frames", session: this.session, nonce: this.nonce, generation, frames, commitLsn };
  }
}

/** True when a frame of the log ends at an LSN with a chain value; LSN 0 is the start of every log. */
export function endsAt(log: LogView, lsn: number, chain: Uint8Array): boolean {
  if (lsn === 0) return bytesEqual(chain, CHAIN_START);
  if (lsn < log.firstLsn)
    return lsn === log.firstLsn - 1 && bytesEqual(log.frameAt(lsn + 1).prevChain, chain);
  const frame = log.frameAt(lsn);
  return frame.lastLsn === lsn && bytesEqual(frame.chain, chain);
}
