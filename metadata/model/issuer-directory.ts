import { assert } from "../../common/assert.ts";
import type { ShardId } from "../../common/units.ts";
import type { IssuerPlaced, IssuerRecorded } from "./changes.ts";

/** Where an issuer lives. The shard and the home region never change after the first placement. */
export type IssuerPlacement = {
  readonly issuerId: string;
  readonly shardId: ShardId;
  readonly homeRegion: string;
  /** ISO 4217 code. */
  readonly currency: string;
  /** Whether the shard's leader confirmed to hold the issuer. */
  readonly recorded: boolean;
};

/** All issuers. Invariant: the load of a shard is the number of issuers placed on it. */
export class IssuerDirectory {
  readonly #placements = new Map<string, IssuerPlacement>();
  readonly #loads = new Map<ShardId, number>();
  /** Issuer ids in order; undefined when an issuer was added since they were sorted. */
  #sortedIds: readonly string[] | undefined;

  get(issuerId: string): IssuerPlacement | undefined {
    return this.#placements.get(issuerId);
  }

  /** An issuer that is known to be placed. */
  known(issuerId: string): IssuerPlacement {
    const placement = this.#placements.get(issuerId);
    assert(placement !== undefined, `issuer ${issuerId} is placed`);
    return placement;
  }

  /** Number of issuers placed on a shard. */
  load(shardId: ShardId): number {
    return this.#loads.get(shardId) ?? 0;
  }

  /** Number of issuers no leader has confirmed yet. */
  get unrecordedCount(): number {
    let count = 0;
    for (const placement of this.#placements.values()) if (!placement.recorded) count++;
    return count;
  }

  /** Up to `limit` issuers behind `afterId`, in the order of their ids. */
  page(afterId: string, limit: number): readonly IssuerPlacement[] {
    this.#sortedIds ??= [...this.#placements.keys()].sort();
    const start = firstIndexAfter(this.#sortedIds, afterId);
    return this.#sortedIds.slice(start, start + limit).map((id) => this.known(id));
  }

  place({ issuerId, shardId, homeRegion, currency }: IssuerPlaced): void {
    assert(!this.#placements.has(issuerId), `issuer ${issuerId} is placed once`);
    this.#placements.set(issuerId, { issuerId, shardId, homeRegion, currency, recorded: false });
    this.#loads.set(shardId, this.load(shardId) + 1);
    this.#sortedIds = undefined;
  }

  record({ issuerId, currency }: IssuerRecorded): void {
    this.#placements.set(issuerId, { ...this.known(issuerId), currency, recorded: true });
  }
}

function firstIndexAfter(sortedIds: readonly string[], afterId: string): number {
  let low = 0;
  let high = sortedIds.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (sortedIds[middle] <= afterId) low = middle + 1;
    else high = middle;
  }
  return low;
}
