import { create } from "@bufbuild/protobuf";
import { StoreError } from "../common/errors/store-error.ts";
import { parseReservationId } from "../common/tokens/reservation-id.ts";
import {
  AwaitDurabilityRequestSchema,
  GetExposureRequestSchema,
  GetReservationRequestSchema,
  ListOpenReservationsRequestSchema,
  ReservationService,
} from "../proto/gen/harborpoint/reservation/v1/reservation_pb.ts";
import { type Consistency, consistencyToWire } from "./consistency.ts";
import { positionFromWire, type ShardPosition } from "./position.ts";
import { type ReadLabel, readLabelFromWire } from "./read-label.ts";
import { type Exposure, exposureFromWire, type Reservation, reservationFromWire } from "./reservation.ts";
import type { RetryingReader } from "./retrying-reader.ts";
import type { Session } from "./session.ts";

/** How a read is made. */
export interface ReadOptions {
  /** Stated outright; wins over the session. */
  readonly consistency?: Consistency;
  /** Makes the read see the session's writes. */
  readonly session?: Session;
  readonly timeoutMs?: number;
}

/** Which reservation: by the token of its reserve request, or by its id. */
export type ReservationKey =
  | { readonly issuerId: string; readonly token: string }
  | { readonly reservationId: string };

/** How to list. */
export interface ListOptions extends ReadOptions {
  /** Reservations fetched at a time, 1 to 1000; 100 when absent. */
  readonly pageSize?: number;
}

/** Whether a write has reached the remote region. */
export interface GeoDurability {
  readonly geoDurable: boolean;
  /** How far the remote region's copy is proved to reach. */
  readonly remoteDurable: ShardPosition;
}

const DURABILITY_TIMEOUT_MS = 5_000;
/** Time for the answer itself, on top of the wait it was asked to do. */
const ANSWER_MS = 1_000;

/** The questions a service asks about reservations and exposure. */
export class Reads {
  readonly #reader: RetryingReader;

  constructor(reader: RetryingReader) {
    this.#reader = reader;
  }

  /** One reservation; undefined when there is none. */
  async getReservation(
    key: ReservationKey,
    options: ReadOptions = {},
  ): Promise<{ reservation: Reservation; label: ReadLabel } | undefined> {
    const request = create(GetReservationRequestSchema, {
      key:
        "token" in key
          ? { case: "token", value: { issuerId: key.issuerId, reservationToken: key.token } }
          : { case: "reservationId", value: key.reservationId },
      consistency: consistencyToWire(consistencyOf(options, sessionTokenFor(key, options.session))),
    });
    try {
      const answer = await this.#reader.ask(
        ReservationService.method.getReservation,
        request,
        options.timeoutMs,
      );
      if (answer.reservation === undefined) return undefined;
      return { reservation: reservationFromWire(answer.reservation), label: readLabelFromWire(answer.label) };
    } catch (error) {
      if (error instanceof StoreError && error.reason === "RESERVATION_NOT_FOUND") return undefined;
      throw error;
    }
  }

  /** An issuer's exposure and limit; ISSUER_NOT_FOUND when it is not registered. */
  async getExposure(
    issuerId: string,
    options: ReadOptions = {},
  ): Promise<{ exposure: Exposure; label: ReadLabel }> {
    const request = create(GetExposureRequestSchema, {
      issuerId,
      consistency: consistencyToWire(consistencyOf(options, options.session?.tokenFor(issuerId))),
    });
    const answer = await this.#reader.ask(ReservationService.method.getExposure, request, options.timeoutMs);
    if (answer.exposure === undefined) throw new StoreError("ISSUER_NOT_FOUND");
    return { exposure: exposureFromWire(answer.exposure), label: readLabelFromWire(answer.label) };
  }

  /** An issuer's open reservations, newest first, fetched page by page as they are consumed. */
  async *listOpenReservations(issuerId: string, options: ListOptions = {}): AsyncGenerator<Reservation> {
    const consistency = consistencyToWire(consistencyOf(options, options.session?.tokenFor(issuerId)));
    let pageToken = "";
    do {
      const request = create(ListOpenReservationsRequestSchema, {
        issuerId,
        pageSize: options.pageSize ?? 0,
        pageToken,
        consistency,
      });
      const { listOpenReservations } = ReservationService.method;
      const page = await this.#reader.ask(listOpenReservations, request, options.timeoutMs);
      for (const reservation of page.reservations) yield reservationFromWire(reservation);
      pageToken = page.nextPageToken;
    } while (pageToken !== "");
  }

  /** Waits until a write is durable in the remote region, or the time is up. */
  async awaitDurability(sessionToken: string, timeoutMs = DURABILITY_TIMEOUT_MS): Promise<GeoDurability> {
    const request = create(AwaitDurabilityRequestSchema, { sessionToken, timeoutMs });
    const totalMs = timeoutMs + ANSWER_MS;
    const { awaitDurability } = ReservationService.method;
    const answer = await this.#reader.ask(awaitDurability, request, totalMs, totalMs);
    return { geoDurable: answer.geoDurable, remoteDurable: positionFromWire(answer.remoteDurable) };
  }
}

/** What was stated, else the session's newest write, else the safe default. */
function consistencyOf(options: ReadOptions, sessionToken: string | undefined): Consistency {
  if (options.consistency !== undefined) return options.consistency;
  if (sessionToken !== undefined) return { contract: "session", sessionToken };
  return { contract: "linearizable" };
}

function sessionTokenFor(key: ReservationKey, session: Session | undefined): string | undefined {
  if ("token" in key) return session?.tokenFor(key.issuerId);
  return session?.tokenOfShard(parseReservationId(key.reservationId).shardId);
}
