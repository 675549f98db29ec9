import type { ShardId } from "../../common/units.ts";
import type { IssuerPlaced } from "./changes.ts";
import type { MetadataState } from "./metadata-state.ts";
import { invalid, type Refusal } from "./refusal.ts";

/** Asks for an issuer's shard; the first request decides it. */
export type PlaceIssuer = {
  readonly issuerId: string;
  readonly homeRegion: string;
  /** ISO 4217 code. */
  readonly currency: string;
};

/** The issuer has its shard already. */
export type AlreadyPlaced = { readonly kind: "already_placed" };

/**
 * Decides where an issuer lives: on the shard homed in its region that has the fewest issuers. A
 * placement is final even before the leader recorded the issuer, because an earlier attempt may
 * still be on its way to that leader.
 */
export function decideIssuerPlacement(
  state: MetadataState,
  request: PlaceIssuer,
): IssuerPlaced | AlreadyPlaced | Refusal {
  const placement = state.issuers.get(request.issuerId);
  if (placement !== undefined) {
    if (placement.homeRegion === request.homeRegion) return { kind: "already_placed" };
    return {
      refused: "ISSUER_EXISTS",
      message: `issuer ${request.issuerId} is homed in ${placement.homeRegion}`,
    };
  }
  const shardId = leastLoadedShard(state, request.homeRegion);
  if (shardId === undefined) return invalid("home_region", `no shard is homed in "${request.homeRegion}"`);
  return { kind: "issuer_placed", ...request, shardId };
}

function leastLoadedShard(state: MetadataState, homeRegion: string): ShardId | undefined {
  let best: ShardId | undefined;
  for (const [shardId, lineage] of state.shards) {
    if (lineage.current.config.homeRegion !== homeRegion) continue;
    if (best === undefined || state.issuers.load(shardId) < state.issuers.load(best)) best = shardId;
  }
  return best;
}
