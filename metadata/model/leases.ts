import type { ShardId } from "../../common/units.ts";

/**
 * When this service last gave a leader its lease: the word that a leader which has lost sight of its
 * remote may use instead of the remote's grant for reads. Invariants: given only to the published and
 * established leader of a shard that no operation is about to move; a process starts as if its
 * predecessor had given one of every shard in its last moment.
 */
export class Leases {
  readonly #startMs: number;
  readonly #keptMs: number;
  readonly #grantedAtMs = new Map<ShardId, number>();

  /**
   * @param startMs monotonic time at which this process began
   * @param keptMs how long this service stands by a lease
   */
  constructor(startMs: number, keptMs: number) {
    this.#startMs = startMs;
    this.#keptMs = keptMs;
  }

  grant(shardId: ShardId, nowMs: number): void {
    this.#grantedAtMs.set(shardId, nowMs);
  }

  /** Monotonic time from which no lease of the shard is valid any more. */
  freeAtMs(shardId: ShardId): number {
    return (this.#grantedAtMs.get(shardId) ?? this.#startMs) + this.#keptMs;
  }
}
