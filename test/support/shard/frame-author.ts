import { assert } from "../../../common/assert.ts";
import type { MutationFields } from "../../../common/batch/mutation-batch.ts";
import type { ResultBatch } from "../../../common/batch/result-batch.ts";
import { CHAIN_START } from "../../../node/shard/checksums.ts";
import type { Frame } from "../../../node/shard/frame.ts";
import { FrameDecider } from "../../../node/shard/frame-decider.ts";
import { PendingBatch } from "../../../node/shard/pending-batch.ts";
import { ShardState } from "../../../node/shard/shard-state.ts";
import { nodeChecksums } from "../../../node/wal/checksums.ts";
import { batchOf, submitRequest } from "./batches.ts";
import { MemoryLog } from "./memory-log.ts";
import { EPOCH_MS } from "./named-tokens.ts";

/** Key of the token hash wherever a test needs one. */
export const TOKEN_HASH_KEY: Uint32Array = Uint32Array.of(0x5eed0001, 0x5eed0002, 0x5eed0003, 0x5eed0004);
/** No token is too old or too young. */
export const ANY_AGE = { retentionMs: Number.POSITIVE_INFINITY, aheadMsMax: Number.POSITIVE_INFINITY };
export const SHARD_ID = 5;

/** Incarnation number `life` of the shard. */
export function incarnationOf(life: number): Uint8Array {
  return new Uint8Array(16).fill(life);
}

/** Writes frames as a leader alone in its ack set would: what is written is committed. */
export class FrameAuthor {
  readonly log: MemoryLog;
  readonly state = new ShardState(TOKEN_HASH_KEY);
  readonly generation: number;
  timeMs = EPOCH_MS;
  readonly #decider: FrameDecider;

  constructor(generation = 1, prefix: readonly Frame[] = []) {
    this.generation = generation;
    this.log = new MemoryLog(prefix);
    for (const frame of prefix) this.state.applyFrame(frame);
    this.#decider = new FrameDecider(SHARD_ID, this.state, this.log, nodeChecksums, ANY_AGE);
  }

  /** Another author, of a later generation, whose log parts from this one's at an LSN. */
  fork(generation: number, startLsn: number): FrameAuthor {
    return new FrameAuthor(generation, this.log.range(1, startLsn - 1));
  }

  /** Chain value at a frame boundary. */
  chainAt(lsn: number): Uint8Array {
    return lsn === 0 ? CHAIN_START : this.log.frameAt(lsn).chain;
  }

  /** Writes the record that begins the generation. */
  start(): Frame {
    this.#begin(1);
    this.#decider.addStart();
    return this.#finish();
  }

  /** Decides mutations into one frame. */
  write(...mutations: MutationFields[]): { readonly frame: Frame; readonly results: ResultBatch } {
    const batch = new PendingBatch(submitRequest(batchOf(mutations)));
    this.#begin(mutations.length);
    for (let row = 0; row < batch.count; row++) this.#decider.decide(batch, row);
    return { frame: this.#finish(), results: batch.results };
  }

  /** Ends the reservations created at some LSNs. */
  expire(...reservationLsns: number[]): Frame {
    this.#begin(reservationLsns.length);
    for (const lsn of reservationLsns) this.#decider.addExpiry(lsn);
    return this.#finish();
  }

  #begin(rows: number): void {
    this.#decider.begin(this.generation, this.log.lastLsn + 1, this.timeMs, rows);
  }

  #finish(): Frame {
    const { lastLsn } = this.log;
    const frame = this.#decider.finish({
      incarnation: incarnationOf(1),
      generation: this.generation,
      firstLsn: lastLsn + 1,
      leaderTimeMs: this.timeMs,
      commitLsnHint: lastLsn,
      prevChain: this.chainAt(lastLsn),
    });
    assert(frame !== undefined, "nothing was recorded");
    this.log.append([frame]);
    this.state.applyFrame(frame);
    return frame;
  }
}
