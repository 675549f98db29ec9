import type { ShardEvent } from "../shard/events.ts";

/** The shards of this node, as the streams between nodes see them. */
export type ShardEvents = {
  /** Delivers an event to a shard; false when this node does not hold it. */
  deliver(shardId: number, event: ShardEvent): boolean;
};

/** Runs a task when the current event-loop turn is over, so that what a turn brings travels together. */
export type EndOfTurn = (task: () => void) => void;
