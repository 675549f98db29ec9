import type { Decision } from "../../client/index.ts";
import { details } from "../output/details.ts";
import type { Listing } from "../output/listing.ts";

/** A decision with the token it is bound to. */
export function decisionListing(decision: Decision): Listing {
  const { position, sessionToken, durability, replayed, remainingHeadroomMinor } = decision.label;
  const facts = {
    decision: decision.decision,
    reason: decision.decision === "DECLINED" ? decision.reason : undefined,
    reservation: decision.reservationId,
    token: decision.token,
    shard: position.shardId,
    position: `${position.generation}/${position.lsn}`,
    replayed,
    durability,
    headroom_minor: remainingHeadroomMinor,
    session_token: sessionToken,
  };
  return details(facts, decision);
}
