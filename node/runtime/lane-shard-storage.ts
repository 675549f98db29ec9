import type { Frame } from "../shard/frame.ts";
import { FRAME_BYTES_MAX } from "../shard/frame.ts";
import type { CheckpointDelta } from "../storage/checkpoint.ts";
import type { LogReader } from "../wal/log-reader.ts";
import type { AppendBacklog } from "./append-backlog.ts";
import type { Lanes } from "./lanes.ts";
import type { LogSize } from "./log-size.ts";
import type { AppendedFrames, ShardStorage } from "./shard-storage.ts";

/** What a shard asks of the lanes. */
export type ShardLanes = Pick<
  Lanes,
  "append" | "roomFor" | "persistPromise" | "truncateTail" | "writeCheckpoint"
>;

/** A shard's disk: frames go through the lane's rounds and are read back by the main thread. */
export class LaneShardStorage implements ShardStorage {
  readonly log: LogReader;
  readonly #shardId: number;
  readonly #lanes: ShardLanes;
  readonly #backlog: AppendBacklog;
  readonly #size: LogSize;

  constructor(shardId: number, lanes: ShardLanes, backlog: AppendBacklog, log: LogReader, size: LogSize) {
    this.#shardId = shardId;
    this.#lanes = lanes;
    this.#backlog = backlog;
    this.#size = size;
    this.log = log;
  }

  get walBytes(): number {
    return this.#size.bytes;
  }

  hasRoom(): boolean {
    return this.#backlog.isEmpty && this.#lanes.roomFor(this.#shardId, FRAME_BYTES_MAX);
  }

  append(frames: readonly Frame[]): Promise<AppendedFrames> {
    let bytes = 0;
    for (const frame of frames) {
      this.log.note(frame);
      bytes += frame.bytes.byteLength;
    }
    const { promise, resolve, reject } = Promise.withResolvers<AppendedFrames>();
    this.#backlog.add(this.#shardId, bytes, () => {
      this.#write(frames).then(resolve, reject);
    });
    return promise;
  }

  persistPromise(generation: number): Promise<void> {
    return this.#lanes.persistPromise(this.#shardId, generation);
  }

  async truncateTail(keepLsn: number): Promise<void> {
    await this.#lanes.truncateTail(this.#shardId, keepLsn);
    this.log.truncateAfter(keepLsn);
  }

  writeCheckpoint(delta: CheckpointDelta): Promise<void> {
    return this.#lanes.writeCheckpoint(this.#shardId, delta);
  }

  async #write(frames: readonly Frame[]): Promise<AppendedFrames> {
    const { placements, syncMs } = await this.#lanes.append(this.#shardId, frames);
    for (const placement of placements) {
      this.log.place(placement);
      this.#size.add(placement);
    }
    this.#backlog.onRoom();
    return { lastLsn: frames[frames.length - 1].lastLsn, syncMs };
  }
}
