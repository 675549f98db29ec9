import type { SendAck, SendSubscription } from "../shard/events.ts";
import { type LeaderEnvironment, LeaderStream } from "./leader-stream.ts";

/** How often {@link LeaderStreams.beat} wants to be called, milliseconds. */
export const LEADER_BEAT_MS = 100;

/** This node's streams to the nodes whose leaders its shards follow: one per node. */
export class LeaderStreams {
  readonly #environment: LeaderEnvironment;
  readonly #streams = new Map<string, LeaderStream>();
  readonly #leaders = new Map<number, string>();

  constructor(environment: LeaderEnvironment) {
    this.#environment = environment;
  }

  /** Says which node a shard follows from here on; "" for none. */
  follow(shardId: number, leader: string): void {
    const before = this.#leaders.get(shardId) ?? "";
    if (before === leader) return;
    this.#unfollow(shardId, before);
    if (leader === "") return;
    this.#leaders.set(shardId, leader);
    let stream = this.#streams.get(leader);
    if (stream === undefined) {
      stream = new LeaderStream(leader, this.#environment);
      this.#streams.set(leader, stream);
      stream.follow(shardId);
      stream.beat();
      return;
    }
    stream.follow(shardId);
  }

  /** Subscribes a shard; dropped when the stream to the leader's node is gone. */
  sendSubscription(shardId: number, command: SendSubscription): void {
    this.#streams.get(command.leader)?.sendSubscription(shardId, command);
  }

  /** Acknowledges progress; dropped when the stream to the leader's node is gone. */
  sendAck(shardId: number, command: SendAck): void {
    this.#streams.get(command.leader)?.sendAck(shardId, command);
  }

  /** To be called every {@link LEADER_BEAT_MS}. */
  beat(): void {
    for (const stream of this.#streams.values()) stream.beat();
  }

  /** Ends all streams for good. */
  close(): void {
    for (const stream of this.#streams.values()) stream.close();
    this.#streams.clear();
    this.#leaders.clear();
  }

  #unfollow(shardId: number, leader: string): void {
    this.#leaders.delete(shardId);
    const stream = this.#streams.get(leader);
    if (stream === undefined) return;
    stream.unfollow(shardId);
    if (stream.shardCount > 0) return;
    stream.close();
    this.#streams.delete(leader);
  }
}
