import type { Generation, Lsn, ShardId } from "../../common/units.ts";

/** One instant on both clocks of the metadata service. */
export type Moment = {
  /** Milliseconds of the monotonic clock; the only one that ages are computed from. */
  readonly monotonicMs: number;
  /** Unix milliseconds, for people. */
  readonly wallMs: number;
};

/** What a node said of one shard in its newest heartbeat. */
export type ShardHeartbeat = {
  readonly shardId: ShardId;
  /** Generation the node acts in. */
  readonly generation: Generation;
  readonly promisedGeneration: Generation;
  /** It leads and its START record is committed. */
  readonly established: boolean;
  /** It leads and may acknowledge. */
  readonly hasAuthority: boolean;
  readonly durableLsn: Lsn;
  readonly committedLsn: Lsn;
  readonly remoteDurableLsn: Lsn;
};

/**
 * Who spoke when, and what they said. Forgotten at a restart on purpose: it is only ever evidence
 * of now. Invariant: the highest promise seen of a shard never falls while the process lives.
 */
export class Liveness {
  readonly #startMs: number;
  readonly #silentAfterMs: number;
  readonly #lastSeen = new Map<string, Moment>();
  readonly #heartbeats = new Map<string, Map<ShardId, ShardHeartbeat>>();
  readonly #promises = new Map<ShardId, Generation>();

  /**
   * @param startMs monotonic time at which this process began to listen
   * @param silentAfterMs a node that said nothing for this long is taken for dead
   */
  constructor(startMs: number, silentAfterMs: number) {
    this.#startMs = startMs;
    this.#silentAfterMs = silentAfterMs;
  }

  /** A node began a new run: what its last one said no longer holds. */
  introduced(nodeId: string, now: Moment): void {
    this.#lastSeen.set(nodeId, now);
    this.#heartbeats.delete(nodeId);
  }

  /** A node spoke of its shards; those it left out keep what it said before. */
  heard(nodeId: string, heartbeats: readonly ShardHeartbeat[], now: Moment): void {
    this.#lastSeen.set(nodeId, now);
    const known = this.#heartbeats.get(nodeId) ?? new Map<ShardId, ShardHeartbeat>();
    this.#heartbeats.set(nodeId, known);
    for (const heartbeat of heartbeats) {
      known.set(heartbeat.shardId, heartbeat);
      this.promised(heartbeat.shardId, Math.max(heartbeat.promisedGeneration, heartbeat.generation));
    }
  }

  /** Some node said that it promised a generation of a shard. */
  promised(shardId: ShardId, generation: Generation): void {
    this.#promises.set(shardId, Math.max(generation, this.highestPromise(shardId)));
  }

  lastSeen(nodeId: string): Moment | undefined {
    return this.#lastSeen.get(nodeId);
  }

  /** Milliseconds since the node's last sign of life; undefined when it gave none to this process. */
  silentMs(nodeId: string, nowMs: number): number | undefined {
    const seen = this.#lastSeen.get(nodeId);
    return seen === undefined ? undefined : nowMs - seen.monotonicMs;
  }

  /** Milliseconds since the node's last sign of life; since this process started when it gave none. */
  quietMs(nodeId: string, nowMs: number): number {
    return this.silentMs(nodeId, nowMs) ?? nowMs - this.#startMs;
  }

  /** Whether the node spoke recently. */
  isAlive(nodeId: string, nowMs: number): boolean {
    const silentMs = this.silentMs(nodeId, nowMs);
    return silentMs !== undefined && silentMs < this.#silentAfterMs;
  }

  /**
   * Milliseconds until the node may be taken for dead, 0 when it may be now. A node this process
   * never heard of may have spoken to the one before it, so it counts as alive from the start.
   */
  deadInMs(nodeId: string, nowMs: number): number {
    return Math.max(0, this.#silentAfterMs - this.quietMs(nodeId, nowMs));
  }

  heartbeat(nodeId: string, shardId: ShardId): ShardHeartbeat | undefined {
    return this.#heartbeats.get(nodeId)?.get(shardId);
  }

  /** Highest generation any node said it promised or acts in; 0 before the first heartbeat. */
  highestPromise(shardId: ShardId): Generation {
    return this.#promises.get(shardId) ?? 0;
  }
}
