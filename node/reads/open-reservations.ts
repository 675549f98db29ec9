import { invalidRequest } from "../../common/errors/store-error.ts";
import type { Reservation } from "../../proto/gen/harborpoint/types/v1/types_pb.ts";
import { RecordRow } from "../shard/frame.ts";
import { State } from "../shard/reservation-table.ts";
import { formatPageToken, parsePageToken } from "./page-token.ts";
import { RecordFinder } from "./record-place.ts";
import type { Replica } from "./replica.ts";
import { issuerNumber } from "./reservation-lookup.ts";
import { reservationAt } from "./reservation-view.ts";

const PAGE_SIZE_DEFAULT = 100;
const PAGE_SIZE_MAX = 1000;
/** Most records looked at for one page, so that a long history does not hold up the event loop. */
const STEPS_PER_PAGE_MAX = 2048;

/** Some of an issuer's open reservations, newest first; "" when there are no more. */
export type OpenReservationsPage = {
  readonly reservations: Reservation[];
  readonly nextPageToken: string;
};

/**
 * Lists open reservations by walking the issuer's records from the newest to the oldest. A page may
 * be short, even empty, while there is more to look at. Throws ISSUER_NOT_FOUND or INVALID_REQUEST.
 */
export function listOpenReservations(
  replica: Replica,
  issuerId: string,
  pageSize: number,
  pageToken: string,
): OpenReservationsPage {
  if (pageSize > PAGE_SIZE_MAX) throw invalidRequest("page_size", `must be at most ${PAGE_SIZE_MAX}`);
  const size = pageSize === 0 ? PAGE_SIZE_DEFAULT : pageSize;
  const issuer = issuerNumber(replica, issuerId);
  const { issuers, reservations } = replica.state;
  const isFirst = pageToken === "";
  const firstLsn = isFirst ? issuers.lastLsn(issuer) : parsePageToken(pageToken, replica, issuer);
  const openCount = issuers.openCount(issuer);
  const records = new RecordFinder(replica.log);
  const found: Reservation[] = [];
  let lsn = firstLsn;
  for (let steps = 0; lsn > 0 && found.length < size && steps < STEPS_PER_PAGE_MAX; steps++) {
    // A walk from the top that has met them all need not go on to the first record.
    if (isFirst && found.length === openCount) return { reservations: found, nextPageToken: "" };
    const { rows, at } = records.find(lsn);
    const previousLsn = rows.int64At(at, RecordRow.PREVIOUS_LSN);
    if (reservations.state(lsn) === State.OPEN) found.push(reservationAt(replica, records, lsn));
    lsn = previousLsn;
  }
  const isDone = lsn === 0 || (isFirst && found.length === openCount);
  return { reservations: found, nextPageToken: isDone ? "" : formatPageToken(replica, lsn) };
}
