import { create } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { parseLabels } from "../../common/batch/labels.ts";
import { formatToken } from "../../common/batch/token.ts";
import { formatReservationId } from "../../common/tokens/reservation-id.ts";
import {
  type Reservation,
  ReservationSchema,
  type ReservationState,
} from "../../proto/gen/harborpoint/types/v1/types_pb.ts";
import { RecordRow } from "../shard/frame.ts";
import type { RecordFinder } from "./record-place.ts";
import type { Replica } from "./replica.ts";

/**
 * A reservation as of the applied position, put together from its creating record, the record that
 * changed it last and its state.
 * @param lsn LSN of the creating record, an approved RESERVE
 */
export function reservationAt(replica: Replica, records: RecordFinder, lsn: number): Reservation {
  const { shardId, state } = replica;
  const { rows, at } = records.find(lsn);
  const { generation, leaderTimeMs } = rows.frame;
  const latest = records.find(state.reservations.latestLsn(lsn));
  const issuer = rows.issuerAt(at);
  const ttlMs = rows.ttlMsAt(at);
  return create(ReservationSchema, {
    reservationId: formatReservationId({ shardId, generation, lsn }),
    reservationToken: formatToken(rows.bytes, at + RecordRow.TOKEN),
    issuerId: state.issuers.issuerId(issuer),
    amountMinor: BigInt(latest.rows.int64At(latest.at, RecordRow.AMOUNT_MINOR)),
    currency: state.issuers.currency(issuer),
    desk: rows.stringAt(at, RecordRow.DESK),
    trader: rows.stringAt(at, RecordRow.TRADER),
    region: rows.stringAt(at, RecordRow.REGION),
    state: state.reservations.state(lsn) as number as ReservationState,
    version: latest.rows.versionAt(latest.at),
    createTime: timestampFromMs(leaderTimeMs),
    updateTime: timestampFromMs(latest.rows.frame.leaderTimeMs),
    expireTime: ttlMs === 0 ? undefined : timestampFromMs(leaderTimeMs + ttlMs),
    labels: parseLabels(rows.labelsAt(at)),
    position: { shardId, generation: BigInt(generation), lsn: BigInt(lsn) },
  });
}
