import { timestampDate } from "@bufbuild/protobuf/wkt";
import {
  type Exposure as WireExposure,
  type Reservation as WireReservation,
  ReservationState,
} from "../proto/gen/harborpoint/types/v1/types_pb.ts";
import { enumName } from "./enum-name.ts";
import { positionFromWire, type ShardPosition } from "./position.ts";

/** One reservation as of some position. */
export interface Reservation {
  readonly reservationId: string;
  readonly token: string;
  readonly issuerId: string;
  readonly amountMinor: number;
  /** ISO 4217 code. */
  readonly currency: string;
  readonly desk: string;
  readonly trader: string;
  /** Region through which it was asked. */
  readonly region: string;
  readonly state: keyof typeof ReservationState;
  /** Counts the changes, starting at 1. */
  readonly version: number;
  readonly createTime: Date | undefined;
  readonly updateTime: Date | undefined;
  /** When it expires by itself; undefined when it never does. */
  readonly expireTime: Date | undefined;
  readonly labels: Readonly<Record<string, string>>;
  /** Position of the creating record. */
  readonly position: ShardPosition;
}

/** Exposure of one issuer as of some position; amounts in minor units. */
export interface Exposure {
  readonly issuerId: string;
  /** ISO 4217 code. */
  readonly currency: string;
  readonly limitMinor: number;
  /** Sum of open and settled reservations. */
  readonly exposureMinor: number;
  /** Limit minus exposure; may be negative after a limit was lowered. */
  readonly headroomMinor: number;
  readonly openCount: number;
  readonly settledCount: number;
}

/** A reservation as it came over the wire. */
export function reservationFromWire(wire: WireReservation): Reservation {
  return {
    reservationId: wire.reservationId,
    token: wire.reservationToken,
    issuerId: wire.issuerId,
    amountMinor: Number(wire.amountMinor),
    currency: wire.currency,
    desk: wire.desk,
    trader: wire.trader,
    region: wire.region,
    state: enumName(ReservationState, wire.state),
    version: wire.version,
    createTime: wire.createTime && timestampDate(wire.createTime),
    updateTime: wire.updateTime && timestampDate(wire.updateTime),
    expireTime: wire.expireTime && timestampDate(wire.expireTime),
    labels: wire.labels,
    position: positionFromWire(wire.position),
  };
}

/** An exposure as it came over the wire. */
export function exposureFromWire(wire: WireExposure): Exposure {
  return {
    issuerId: wire.issuerId,
    currency: wire.currency,
    limitMinor: Number(wire.limitMinor),
    exposureMinor: Number(wire.exposureMinor),
    headroomMinor: Number(wire.headroomMinor),
    openCount: Number(wire.openCount),
    settledCount: Number(wire.settledCount),
  };
}
