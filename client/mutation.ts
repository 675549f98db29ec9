import { create } from "@bufbuild/protobuf";
import type { MutationFields } from "../common/batch/mutation-batch.ts";
import { invalidRequest } from "../common/errors/store-error.ts";
import {
  checkAmend,
  checkRelease,
  checkReserve,
  checkSettle,
  requireValid,
} from "../common/validation/mutation-fields.ts";
import {
  AmendRequestSchema,
  ReleaseRequestSchema,
  ReserveRequestSchema,
  SettleRequestSchema,
} from "../proto/gen/harborpoint/reservation/v1/reservation_pb.ts";
import type { WithToken } from "./token.ts";

/** Who asks; both are free text of at most 64 bytes. */
interface Asker {
  readonly desk?: string;
  readonly trader?: string;
}

/** Asks for a reservation. */
export interface ReserveInput extends Asker {
  /** UUIDv7 of this request, see `newToken`; a new one when absent. */
  readonly token?: string;
  readonly issuerId: string;
  /** Minor units, 1 to 2^53 − 1. */
  readonly amountMinor: number;
  /** ISO 4217 code; the issuer's own when absent. */
  readonly currency?: string;
  /** Milliseconds until it expires by itself, at most 30 d; never when absent. */
  readonly ttlMs?: number;
  /** At most 16, keys and values of at most 64 bytes. */
  readonly labels?: Readonly<Record<string, string>>;
}

/** Asks to give a reservation back, or to settle it. */
export interface CloseInput extends Asker {
  /** UUIDv7 of this request, not the reserve's; a new one when absent. */
  readonly token?: string;
  readonly issuerId: string;
  /** Token of the reserve request. */
  readonly targetToken: string;
}

/** Asks to change the amount of a reservation; growing needs headroom. */
export interface AmendInput extends CloseInput {
  /** The new amount in minor units, 1 to 2^53 − 1. */
  readonly amountMinor: number;
}

/** Row of a reserve; throws INVALID_REQUEST by the same rules as the store. */
export function reserveRow(input: WithToken<ReserveInput>): MutationFields {
  const { ttlMs = 0, labels = {} } = input;
  if (!Number.isInteger(ttlMs) || ttlMs < 0 || ttlMs > 0xffff_ffff) {
    throw invalidRequest("ttl_ms", "must be an unsigned 32-bit integer");
  }
  const request = create(ReserveRequestSchema, {
    ...common(input),
    amountMinor: amountToWire(input.amountMinor),
    currency: input.currency ?? "",
    ttlMs,
    labels: { ...labels },
  });
  return requireValid(checkReserve(request));
}

/** Row of a release. */
export function releaseRow(input: WithToken<CloseInput>): MutationFields {
  return requireValid(checkRelease(create(ReleaseRequestSchema, targeted(input))));
}

/** Row of a settle. */
export function settleRow(input: WithToken<CloseInput>): MutationFields {
  return requireValid(checkSettle(create(SettleRequestSchema, targeted(input))));
}

/** Row of an amend. */
export function amendRow(input: WithToken<AmendInput>): MutationFields {
  const request = { ...targeted(input), amountMinor: amountToWire(input.amountMinor) };
  return requireValid(checkAmend(create(AmendRequestSchema, request)));
}

function common({ token, issuerId, desk = "", trader = "" }: Asker & { token: string; issuerId: string }) {
  return { reservationToken: token, issuerId, desk, trader };
}

function targeted(input: WithToken<CloseInput>) {
  return { ...common(input), targetReservationToken: input.targetToken };
}

/** What is no integer cannot be put on the wire; the range is checked with everything else. */
function amountToWire(amountMinor: number): bigint {
  if (!Number.isSafeInteger(amountMinor))
    throw invalidRequest("amount_minor", "must be an integer below 2^53");
  return BigInt(amountMinor);
}
