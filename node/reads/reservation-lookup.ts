import { Kind, Outcome } from "../../common/batch/kinds.ts";
import { StoreError } from "../../common/errors/store-error.ts";
import type { SessionPosition } from "../../common/tokens/session-token.ts";
import type { Reservation } from "../../proto/gen/harborpoint/types/v1/types_pb.ts";
import { bytesEqual } from "../shard/checksums.ts";
import { generationOfLsn } from "../shard/configuration.ts";
import { State } from "../shard/reservation-table.ts";
import { RecordFinder } from "./record-place.ts";
import type { Replica } from "./replica.ts";
import { reservationAt } from "./reservation-view.ts";

/** Number of an issuer within the replica's shard. Throws ISSUER_NOT_FOUND. */
export function issuerNumber(replica: Replica, issuerId: string): number {
  const number = replica.state.issuers.numberOf(issuerId);
  if (number < 0)
    throw new StoreError("ISSUER_NOT_FOUND", { metadata: { shardId: String(replica.shardId) } });
  return number;
}

/** LSN of the applied record that carries a token of an issuer, 0 when there is none. */
export function findToken(
  replica: Replica,
  records: RecordFinder,
  issuer: number,
  token: Uint8Array,
): number {
  const { tokens } = replica.state;
  return tokens.find(tokens.hash(issuer, token, 0), token, 0, (lsn) => {
    const { rows, at } = records.find(lsn);
    return rows.issuerAt(at) === issuer && bytesEqual(rows.tokenAt(at), token);
  });
}

/** The reservation an approved reserve request made. Throws ISSUER_NOT_FOUND or RESERVATION_NOT_FOUND. */
export function reservationByToken(replica: Replica, issuerId: string, token: Uint8Array): Reservation {
  const records = new RecordFinder(replica.log);
  const lsn = findToken(replica, records, issuerNumber(replica, issuerId), token);
  if (lsn === 0) throw new StoreError("RESERVATION_NOT_FOUND");
  const { rows, at } = records.find(lsn);
  const isReserve = rows.kindAt(at) === Kind.RESERVE && rows.decisionAt(at) === Outcome.APPROVED;
  if (!isReserve) throw new StoreError("RESERVATION_NOT_FOUND");
  return reservationAt(replica, records, lsn);
}

/** The reservation whose id spells out a position. Throws RESERVATION_NOT_FOUND. */
export function reservationByPosition(replica: Replica, position: SessionPosition): Reservation {
  const { state, log } = replica;
  const { shardId, generation, lsn } = position;
  const isHere = shardId === replica.shardId && lsn >= 1 && lsn <= state.appliedLsn;
  // An id of a lost tail names another record today: only the pair (generation, LSN) is unique.
  const survives = isHere && generationOfLsn(state.lineage, lsn) === generation;
  if (!survives || state.reservations.state(lsn) === State.NONE) {
    throw new StoreError("RESERVATION_NOT_FOUND");
  }
  return reservationAt(replica, new RecordFinder(log), lsn);
}
