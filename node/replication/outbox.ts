import { create } from "@bufbuild/protobuf";
import {
  type ReplicateResponse,
  ReplicateResponseSchema,
  type ShardBatch,
  ShardBatchSchema,
  type SubscriptionAnswer,
} from "../../proto/gen/harborpoint/replication/v1/replication_pb.ts";
import type { SendFrames } from "../shard/events.ts";
import type { Frame } from "../shard/frame.ts";

/** Bytes of frames after which a message is full; a larger frame travels alone. */
export const MESSAGE_FRAME_BYTES_MAX = 1 << 20;

/** What waits for one shard of the follower. */
type ShardEntry = {
  readonly shardId: number;
  readonly generation: number;
  readonly nonce: number;
  frames: Frame[];
  commitLsn: number;
  /** Stamp of the oldest part: the holder of a grant counts from its earliest send. */
  readonly sentMs: number;
};

/**
 * What the shards of this node want to send one follower and have not sent yet: one entry per shard
 * and subscription, in the order in which they first spoke. Frames are held by reference; how many
 * may wait is bounded by each engine's window for the follower.
 */
export class Outbox {
  #entries: ShardEntry[] = [];
  /** Newest entry of each shard, where later news of the same subscription joins. */
  readonly #newest = new Map<number, ShardEntry>();
  #answers: SubscriptionAnswer[] = [];

  get isEmpty(): boolean {
    return this.#entries.length === 0 && this.#answers.length === 0;
  }

  /** Adds frames, or a heartbeat, with the leader's send stamp. */
  add(shardId: number, command: SendFrames, sentMs: number): void {
    const { nonce, generation, commitLsn } = command;
    const newest = this.#newest.get(shardId);
    if (newest !== undefined && newest.nonce === nonce && newest.generation === generation) {
      for (const frame of command.frames) newest.frames.push(frame);
      newest.commitLsn = commitLsn;
      return;
    }
    const entry = { shardId, nonce, generation, commitLsn, sentMs, frames: [...command.frames] };
    this.#entries.push(entry);
    this.#newest.set(shardId, entry);
  }

  /** Adds the answer to a subscription. */
  addAnswer(answer: SubscriptionAnswer): void {
    this.#answers.push(answer);
  }

  /** Takes the next message: everything that waits, up to the size of one message. */
  takeMessage(): ReplicateResponse {
    const answers = this.#answers;
    this.#answers = [];
    const batches: ShardBatch[] = [];
    let taken = 0;
    for (let roomBytes = MESSAGE_FRAME_BYTES_MAX; taken < this.#entries.length && roomBytes > 0; ) {
      const entry = this.#entries[taken];
      const count = framesThatFit(entry.frames, roomBytes, batches.length === 0);
      if (count === 0 && entry.frames.length > 0) break;
      batches.push(shardBatch(entry, count));
      for (let i = 0; i < count; i++) roomBytes -= entry.frames[i].bytes.byteLength;
      entry.frames = entry.frames.slice(count);
      if (entry.frames.length > 0) break;
      if (this.#newest.get(entry.shardId) === entry) this.#newest.delete(entry.shardId);
      taken++;
    }
    this.#entries = this.#entries.slice(taken);
    return create(ReplicateResponseSchema, { batches, answers });
  }
}

function framesThatFit(frames: readonly Frame[], roomBytes: number, isFirst: boolean): number {
  let bytes = 0;
  let count = 0;
  while (count < frames.length) {
    bytes += frames[count].bytes.byteLength;
    if (bytes > roomBytes && !(isFirst && count === 0)) break;
    count++;
  }
  return count;
}

function shardBatch(entry: ShardEntry, count: number): ShardBatch {
  return create(ShardBatchSchema, {
    shardId: entry.shardId,
    generation: BigInt(entry.generation),
    nonce: BigInt(entry.nonce),
    frames: entry.frames.slice(0, count).map((frame) => frame.bytes),
    commitLsn: BigInt(entry.commitLsn),
    sentMs: entry.sentMs,
  });
}
