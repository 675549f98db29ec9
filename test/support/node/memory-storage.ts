import type { CheckpointDelta } from "../../../node/storage/checkpoint.ts";
import type { AppendedFrames, ShardStorage } from "../../../node/runtime/shard-storage.ts";
import type { Frame } from "../../../node/shard/frame.ts";
import { MemoryLog } from "../shard/memory-log.ts";

/** A shard's disk in memory: what is asked of it is finished when the test says so. */
export class MemoryStorage implements ShardStorage {
  readonly log = new MemoryLog();
  readonly promises: number[] = [];
  readonly cuts: number[] = [];
  readonly checkpoints: CheckpointDelta[] = [];
  readonly walBytes = 0;
  room = true;
  #waiting: (() => void)[] = [];

  hasRoom(): boolean {
    return this.room;
  }

  append(frames: readonly Frame[]): Promise<AppendedFrames> {
    this.log.append(frames);
    return this.#later({ lastLsn: frames[frames.length - 1].lastLsn, syncMs: 1 });
  }

  persistPromise(generation: number): Promise<void> {
    this.promises.push(generation);
    return this.#later(undefined);
  }

  async truncateTail(keepLsn: number): Promise<void> {
    this.cuts.push(keepLsn);
    await this.#later(undefined);
    this.log.cut(keepLsn);
  }

  async writeCheckpoint(delta: CheckpointDelta): Promise<void> {
    this.checkpoints.push(delta);
  }

  /** Finishes everything asked for so far; what that leads to has happened when this resolves. */
  async finish(): Promise<void> {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const settle of waiting) settle();
    await new Promise(setImmediate);
  }

  #later<T>(value: T): Promise<T> {
    return new Promise((resolve) => {
      this.#waiting.push(() => resolve(value));
    });
  }
}
