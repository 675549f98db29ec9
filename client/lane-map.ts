import { RowLane } from "./row-lane.ts";

/** Issuers whose shard is remembered; a forgotten one is found out again by its next answer. */
const ISSUERS_MAX = 100_000;

/** Lane of issuers whose shard is not known yet. */
const UNKNOWN = -1;

interface Placement {
  /** Shard by the newest answer. */
  shardId: number;
  /** Lane its open rows are in. */
  lane: RowLane;
  openRows: number;
}

/**
 * Which lane an issuer's rows take: one per shard, as learnt from the answers. An issuer changes
 * its lane only while it has no row open, so that its rows never overtake each other.
 */
export class LaneMap {
  readonly #lanes = new Map<number, RowLane>();
  readonly #placements = new Map<string, Placement>();

  /** Every lane that was ever needed: at most one per shard and one more. */
  get lanes(): Iterable<RowLane> {
    return this.#lanes.values();
  }

  /** Lane for the next row of an issuer; {@link leave} must follow. */
  enter(issuerId: string): RowLane {
    const placement = this.#placements.get(issuerId) ?? this.#place(issuerId);
    if (placement.openRows === 0) placement.lane = this.#lane(placement.shardId);
    placement.openRows++;
    return placement.lane;
  }

  /** A row of an issuer is answered or given up. @param shardId where it was decided, if it was */
  leave(issuerId: string, shardId: number | undefined): void {
    const placement = this.#placements.get(issuerId);
    if (placement === undefined) return;
    placement.openRows--;
    if (shardId !== undefined) placement.shardId = shardId;
  }

  #place(issuerId: string): Placement {
    this.#forgetOldest();
    const placement = { shardId: UNKNOWN, lane: this.#lane(UNKNOWN), openRows: 0 };
    this.#placements.set(issuerId, placement);
    return placement;
  }

  /** The oldest may still have rows open: then the map is a little larger for a while. */
  #forgetOldest(): void {
    if (this.#placements.size < ISSUERS_MAX) return;
    const [oldest] = this.#placements;
    const [issuerId, placement] = oldest;
    this.#placements.delete(issuerId);
    if (placement.openRows > 0) this.#placements.set(issuerId, placement);
  }

  #lane(shardId: number): RowLane {
    const known = this.#lanes.get(shardId);
    if (known !== undefined) return known;
    const lane = new RowLane();
    this.#lanes.set(shardId, lane);
    return lane;
  }
}
