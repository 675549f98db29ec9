import type { ShardEvents } from "../../../node/replication/shard-events.ts";
import type { ShardEvent } from "../../../node/shard/events.ts";

/** Shards that only write down what they are told. */
export class RecordedShards implements ShardEvents {
  readonly #shardIds: ReadonlySet<number>;
  readonly #delivered: [number, ShardEvent][] = [];

  constructor(...shardIds: number[]) {
    this.#shardIds = new Set(shardIds);
  }

  deliver(shardId: number, event: ShardEvent): boolean {
    if (!this.#shardIds.has(shardId)) return false;
    this.#delivered.push([shardId, event]);
    return true;
  }

  /** Events since the last call. */
  take(): [number, ShardEvent][] {
    return this.#delivered.splice(0);
  }

  /** Shard and type of the events since the last call. */
  takeTypes(): string[] {
    return this.take().map(([shardId, { type }]) => `${shardId} ${type}`);
  }
}
