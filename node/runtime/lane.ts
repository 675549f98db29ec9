import { assert } from "../../common/assert.ts";
import type { Clock } from "../../common/clock.ts";
import { CHAIN_BYTES } from "../shard/checksums.ts";
import type { Frame } from "../shard/frame.ts";
import type { CheckpointDelta, CheckpointSlice } from "../storage/checkpoint.ts";
import { sliceCheckpoint } from "../storage/checkpoint-slices.ts";
import { StorageError } from "../storage/storage-error.ts";
import type { FramePlacement } from "../wal/segment-index.ts";
import type { LaneFailure } from "./lane-failure.ts";
import type { LaneResults, LaneTask } from "./lane-messages.ts";
import { LanePump } from "./lane-pump.ts";
import { LaneQueue, type LaneQueueLimits } from "./lane-queue.ts";
import { SegmentPreparation } from "./lane-segments.ts";
import { LaneStaging } from "./lane-staging.ts";
import { LaneThread } from "./lane-thread.ts";

/** The smallest frame, a header and a row, takes seven times as much as its chain value. */
const STAGING_PER_FRAME_BYTE = 1.25;

/** What became of appended frames: all of them are on stable storage. */
export type Appended = {
  readonly lastLsn: number;
  /** One per frame, in order. */
  readonly placements: readonly FramePlacement[];
  /** Time the disk took to sync the round they were part of, milliseconds. */
  readonly syncMs: number;
};

export type LaneOptions = {
  readonly lane: number;
  readonly dataDirectory: string;
  readonly ballastBytes: number;
  readonly limits: LaneQueueLimits;
  readonly clock: Clock;
  /** Module of the lane's thread. */
  readonly program: URL;
  /** Called once, with why nothing of this lane can be relied on any more. */
  readonly onFailure: (failure: LaneFailure) => void;
};

/** An append and who waits for it. */
type Append = {
  readonly shardId: number;
  readonly frames: readonly Frame[];
  /** Of the frames, without their chain values. */
  readonly bytes: number;
  readonly sinceMs: number;
  readonly done: (appended: Appended) => void;
  readonly fail: (error: Error) => void;
};

/**
 * The main thread's side of a lane: gathers what its shards want of the disk and hands it to the
 * lane's thread, one task at a time. What gathers while a round is in flight is the next round.
 * Unless said otherwise its promises reject only when the lane has failed, after `onFailure`.
 */
export class Lane {
  readonly #clock: Clock;
  readonly #staging: LaneStaging;
  readonly #thread: LaneThread;
  readonly #queue: LaneQueue<Append>;
  readonly #pump: LanePump<Append>;
  readonly #segments = new SegmentPreparation();
  readonly #lastAppends = new Map<number, Promise<Appended>>();
  readonly #cutting = new Set<number>();
  readonly #checkpointing = new Set<number>();
  #isClosing = false;

  constructor(options: LaneOptions) {
    const { lane, dataDirectory, ballastBytes, limits, clock, onFailure } = options;
    this.#clock = clock;
    this.#queue = new LaneQueue(limits, (appends) => this.#round(appends));
    this.#pump = new LanePump(this.#queue, { lane, clock, onFailure });
    const staging = LaneStaging.allocate(limits.waitingBytesMax * STAGING_PER_FRAME_BYTE);
    this.#staging = new LaneStaging(staging);
    const data = { lane, dataDirectory, ballastBytes, staging };
    this.#thread = new LaneThread(options.program, data, (error) => this.#pump.fail(error));
  }

  /** False while frames of so many bytes have to wait with their sender. */
  hasRoom(bytes: number): boolean {
    return this.#queue.hasRoom(bytes);
  }

  /** Age of the oldest thing that is to become durable and is not yet, milliseconds; 0 when there is none. */
  oldestOutstandingMs(): number {
    return this.#pump.oldestOutstandingMs();
  }

  /** Writes frames that continue the shard's log. What is appended within one turn shares a round. */
  append(shardId: number, frames: readonly Frame[]): Promise<Appended> {
    assert(!this.#isClosing && !this.#cutting.has(shardId), "a log that is cut or closed takes no frames");
    const { promise, resolve, reject } = Promise.withResolvers<Appended>();
    const bytes = frames.reduce((sum, frame) => sum + frame.bytes.byteLength, 0);
    const sinceMs = this.#clock.monotonicMs();
    this.#lastAppends.set(shardId, promise);
    this.#pump.append({ shardId, frames, bytes, sinceMs, done: resolve, fail: reject });
    return promise;
  }

  /** Cuts a shard's log behind an LSN, after everything that was appended to it. */
  async truncateTail(shardId: number, keepLsn: number): Promise<LaneResults["truncate_tail"]> {
    this.#cutting.add(shardId);
    await this.#lastAppends.get(shardId);
    const copy = await this.request({ type: "truncate_tail", shardId, keepLsn }, true);
    this.#cutting.delete(shardId);
    return copy;
  }

  /**
   * Has an operation carried out, after one round at most.
   * @param durable whether somebody waits for it to reach the disk
   * @throws StorageError when the database says no
   */
  request<Type extends LaneTask["type"]>(
    task: Extract<LaneTask, { type: Type }>,
    durable: boolean,
  ): Promise<LaneResults[Type]> {
    const isFatal = (error: unknown): boolean => !(error instanceof StorageError);
    return this.#pump.operation(durable, isFatal, () => this.#thread.run(task));
  }

  /** Writes a delta slice by slice between rounds. Takes its buffers over. */
  async writeCheckpoint(shardId: number, delta: CheckpointDelta): Promise<void> {
    assert(!this.#checkpointing.has(shardId), "one checkpoint of a shard at a time");
    this.#checkpointing.add(shardId);
    for (const slice of sliceCheckpoint(delta)) {
      const task = { type: "checkpoint", shardId, slice } as const;
      await this.#pump.housekeeping(false, () => this.#thread.run(task, buffersOf(slice)));
    }
    this.#checkpointing.delete(shardId);
  }

  /** Finishes what was asked for, closes the files and ends the thread. Checkpoints have to be over. */
  async close(): Promise<void> {
    this.#isClosing = true;
    if (this.#pump.failure === undefined) {
      await this.#pump.becomeIdle();
      await this.request({ type: "close" }, false);
    }
    await this.#thread.close();
  }

  async #round(appends: readonly Append[]): Promise<void> {
    this.#staging.write(partsOf(appends), partsBytes(appends));
    const shares = appends.map(({ shardId, frames }) => {
      return { shardId, frameBytes: frames.map(({ bytes }) => bytes.byteLength) };
    });
    const { syncMs, shares: results } = await this.#thread.run({ type: "round", shares });
    for (const [i, { shardId, bytes, frames, done }] of appends.entries()) {
      const { placements, wantsSegment } = results[i];
      done({ lastLsn: frames[frames.length - 1].lastLsn, placements, syncMs });
      if (!this.#segments.onRound(shardId, bytes, wantsSegment)) continue;
      this.#prepareSegment(shardId).catch((error: unknown) => this.#pump.fail(error));
    }
  }

  async #prepareSegment(shardId: number): Promise<void> {
    let leftBytes: number;
    do {
      leftBytes = await this.#pump.housekeeping(true, () => {
        const bytes = this.#segments.takePiece(shardId);
        return this.#thread.run({ type: "prepare_segment", shardId, bytes });
      });
    } while (this.#segments.onPiece(shardId, leftBytes) && !this.#isClosing);
  }
}

function partsBytes(appends: readonly Append[]): number {
  return appends.reduce((sum, { bytes, frames }) => sum + bytes + frames.length * CHAIN_BYTES, 0);
}

/** What lies in the staging memory of a round: each frame, then its chain value. */
function* partsOf(appends: readonly Append[]): Generator<Uint8Array> {
  for (const { frames } of appends) {
    for (const { bytes, chain } of frames) yield* [bytes, chain];
  }
}

/** The buffers of a slice that go to the thread without a copy. */
function buffersOf(slice: CheckpointSlice): ArrayBuffer[] {
  if (slice.type === "chunks") return slice.chunks.map(({ bytes }) => bytes.buffer as ArrayBuffer);
  if (slice.type === "run_part")
    return [slice.part.fingerprints.buffer, slice.part.lsns.buffer] as ArrayBuffer[];
  return [];
}
