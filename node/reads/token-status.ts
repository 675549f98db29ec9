import { Kind, Outcome } from "../../common/batch/kinds.ts";
import type { MutationResultFields } from "../../common/batch/result-batch.ts";
import { tokenTimeMs } from "../../common/batch/token.ts";
import { TokenStatus } from "../../proto/gen/harborpoint/reservation/v1/reservation_pb.ts";
import { generationOfLsn } from "../shard/configuration.ts";
import { RecordRow } from "../shard/frame.ts";
import { RecordFinder, type RecordPlace } from "./record-place.ts";
import type { Replica } from "./replica.ts";
import { findToken, issuerNumber } from "./reservation-lookup.ts";

/** What became of a token, and the recorded decision if there is one. */
export type TokenFinding = {
  readonly status: TokenStatus;
  readonly recorded: MutationResultFields | undefined;
};

/**
 * Looks a token up in an established leader's state: a recorded decision, else one that is on its
 * way, else none. Throws ISSUER_NOT_FOUND.
 * @param issuerId scope of the token; "" looks through all issuers of the shard
 * @param expiredBeforeMs tokens made before this Unix time are past the retention horizon
 */
export function observeToken(
  replica: Replica,
  issuerId: string,
  token: Uint8Array,
  expiredBeforeMs: number,
): TokenFinding {
  const records = new RecordFinder(replica.log);
  const lsn =
    issuerId === ""
      ? findTokenOfAnyIssuer(replica, records, token)
      : findToken(replica, records, issuerNumber(replica, issuerId), token);
  if (lsn !== 0) return recordedFinding(replica, records, lsn);
  if (replica.isTokenPending(issuerId, token)) return { status: TokenStatus.IN_FLIGHT, recorded: undefined };
  const isExpired = tokenTimeMs(token, 0) < expiredBeforeMs;
  return { status: isExpired ? TokenStatus.EXPIRED : TokenStatus.NOT_FOUND, recorded: undefined };
}

/** A token's scope is its issuer, so every issuer has to be asked: one probe each. */
function findTokenOfAnyIssuer(replica: Replica, records: RecordFinder, token: Uint8Array): number {
  for (let issuer = 0; issuer < replica.state.issuers.count; issuer++) {
    const lsn = findToken(replica, records, issuer, token);
    if (lsn !== 0) return lsn;
  }
  return 0;
}

function recordedFinding(replica: Replica, records: RecordFinder, lsn: number): TokenFinding {
  const place = records.find(lsn);
  const recorded = recordedResult(replica, place, lsn);
  if (place.rows.kindAt(place.at) === Kind.TOKEN_FENCE) {
    const isSafe = replica.status().remoteDurableLsn >= lsn;
    return { status: isSafe ? TokenStatus.FENCED : TokenStatus.FENCED_HOME_ONLY, recorded };
  }
  // While the gate is closed even "it was approved" would be an acknowledgement that may be lost.
  const { gateClause, remoteDurableLsn } = replica.status();
  if (gateClause !== "" && remoteDurableLsn < lsn) {
    return { status: TokenStatus.COMMITTED_UNPROTECTED, recorded: undefined };
  }
  const isApproved = recorded.outcome === Outcome.APPROVED;
  return { status: isApproved ? TokenStatus.APPROVED : TokenStatus.DECLINED, recorded };
}

/** The decision of a record in the form of a replayed result. */
function recordedResult(
  { shardId, state }: Replica,
  { rows, at }: RecordPlace,
  lsn: number,
): MutationResultFields {
  const reservationLsn = rows.int64At(at, RecordRow.RESERVATION_LSN);
  return {
    outcome: rows.decisionAt(at) as Outcome,
    reason: rows.reasonAt(at),
    replayed: true,
    field: 0,
    shardId,
    generation: rows.frame.generation,
    lsn,
    headroomMinor: rows.int64At(at, RecordRow.LIMIT_MINOR) - rows.int64At(at, RecordRow.EXPOSURE_MINOR),
    reservationGeneration: reservationLsn === 0 ? 0 : generationOfLsn(state.lineage, reservationLsn),
    reservationLsn,
    retryAfterMs: 0,
  };
}
