import { create } from "@bufbuild/protobuf";
import type { Clock } from "../common/clock.ts";
import { invalidRequest, StoreError } from "../common/errors/store-error.ts";
import {
  AdminService,
  RegisterIssuerRequestSchema,
  SetIssuerLimitRequestSchema,
} from "../proto/gen/harborpoint/admin/v1/admin_pb.ts";
import type { MutationOutcome } from "../proto/gen/harborpoint/reservation/v1/reservation_pb.ts";
import { type Answered, answered } from "./answer-age.ts";
import type { Deadline } from "./deadline.ts";
import { decisionFromOutcome } from "./decision.ts";
import type { WithToken } from "./token.ts";
import type { EndpointSet } from "./endpoint-set.ts";

/** Asks to set an issuer's limit; below the exposure it only blocks new approvals. */
export interface LimitInput {
  /** UUIDv7 of this request; a new one when absent. */
  readonly token?: string;
  readonly issuerId: string;
  /** Minor units, 0 to 2^53 − 1. */
  readonly limitMinor: number;
}

/** Asks to register an issuer. */
export interface RegisterInput extends LimitInput {
  /** ISO 4217 code; the only currency its reservations may have. */
  readonly currency: string;
  /** Region whose desks write most. */
  readonly homeRegion: string;
}

/** It crosses to the metadata service and to the leader: more patience than for a reservation. Milliseconds. */
const ATTEMPT_MS_MAX = 3_000;

/** Single attempts of the mutations that go through the metadata service. */
export class IssuerMutations {
  readonly #endpoints: EndpointSet;
  readonly #clock: Clock;

  constructor(endpoints: EndpointSet, clock: Clock) {
    this.#endpoints = endpoints;
    this.#clock = clock;
  }

  register(input: WithToken<RegisterInput>, deadline: Deadline): Promise<Answered> {
    const request = create(RegisterIssuerRequestSchema, {
      reservationToken: input.token,
      issuerId: input.issuerId,
      currency: input.currency,
      limitMinor: limitToWire(input.limitMinor),
      homeRegion: input.homeRegion,
    });
    return this.#timed(input.token, deadline, (timeoutMs) =>
      this.#endpoints
        .pick()
        .unary(AdminService.method.registerIssuer, request, timeoutMs, "COMMIT_OUTCOME_UNKNOWN"),
    );
  }

  setLimit(input: WithToken<LimitInput>, deadline: Deadline): Promise<Answered> {
    const request = create(SetIssuerLimitRequestSchema, {
      reservationToken: input.token,
      issuerId: input.issuerId,
      limitMinor: limitToWire(input.limitMinor),
    });
    return this.#timed(input.token, deadline, (timeoutMs) =>
      this.#endpoints
        .pick()
        .unary(AdminService.method.setIssuerLimit, request, timeoutMs, "COMMIT_OUTCOME_UNKNOWN"),
    );
  }

  async #timed(
    token: string,
    deadline: Deadline,
    call: (timeoutMs: number) => Promise<{ outcome?: MutationOutcome }>,
  ): Promise<Answered> {
    const startMs = this.#clock.monotonicMs();
    const { outcome } = await call(deadline.cappedMs(ATTEMPT_MS_MAX));
    if (outcome === undefined)
      throw new StoreError("COMMIT_OUTCOME_UNKNOWN", { message: "the answer is empty" });
    return answered(decisionFromOutcome(outcome, token), this.#clock.monotonicMs() - startMs);
  }
}

function limitToWire(limitMinor: number): bigint {
  if (!Number.isSafeInteger(limitMinor)) throw invalidRequest("limit_minor", "must be an integer below 2^53");
  return BigInt(limitMinor);
}
