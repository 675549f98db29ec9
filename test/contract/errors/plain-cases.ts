import { newToken } from "../../../client/index.ts";
import { tokenAt } from "../../support/token-at.ts";
import { AdminService } from "../../../proto/gen/harborpoint/admin/v1/admin_pb.ts";
import { ReservationService } from "../../../proto/gen/harborpoint/reservation/v1/reservation_pb.ts";
import { refusalOf } from "../call-status.ts";
import { type ContractCluster, ISSUER_ID, LIMIT_MINOR } from "../contract-cluster.ts";
import type { ErrorCase } from "./error-case.ts";

const { reserve, release, getReservation, getExposure, getTokenStatus, awaitDurability } =
  ReservationService.method;
const { registerIssuer } = AdminService.method;

const DAY_MS = 86_400_000;

/** Errors that a request brings on itself, on a healthy cluster. */
export function plainCases(contract: ContractCluster): ErrorCase[] {
  const { router } = contract;
  const fresh = (more: object = {}) => ({
    reservationToken: newToken(),
    issuerId: ISSUER_ID,
    amountMinor: 1n,
    ...more,
  });
  return [
    {
      reason: "INVALID_REQUEST",
      when: "an amount is negative",
      field: "amount_minor",
      provoke: () => refusalOf(router.call(reserve, fresh({ amountMinor: -1n }))),
    },
    {
      reason: "INVALID_REQUEST",
      when: "the currency is not the issuer's, which only the leader knows",
      field: "currency",
      provoke: () => refusalOf(router.call(reserve, fresh({ currency: "USD" }))),
    },
    {
      reason: "INVALID_REQUEST",
      when: "a token lies further ahead than any clock can be",
      field: "reservation_token",
      provoke: () =>
        refusalOf(router.call(reserve, fresh({ reservationToken: tokenAt(Date.now() + DAY_MS) }))),
    },
    {
      reason: "ISSUER_NOT_FOUND",
      when: "reserving against an issuer nobody registered",
      provoke: () => refusalOf(router.call(reserve, fresh({ issuerId: "NOBODY" }))),
    },
    {
      reason: "ISSUER_NOT_FOUND",
      when: "reading an issuer nobody registered",
      provoke: () => refusalOf(router.call(getExposure, { issuerId: "NOBODY" })),
    },
    {
      reason: "RESERVATION_NOT_FOUND",
      when: "releasing what was never reserved",
      provoke: () =>
        refusalOf(
          router.call(release, {
            reservationToken: newToken(),
            issuerId: ISSUER_ID,
            targetReservationToken: newToken(),
          }),
        ),
    },
    {
      reason: "RESERVATION_NOT_FOUND",
      when: "reading what was never reserved",
      provoke: () =>
        refusalOf(
          router.call(getReservation, {
            key: { case: "token", value: { issuerId: ISSUER_ID, reservationToken: newToken() } },
          }),
        ),
    },
    {
      reason: "ISSUER_EXISTS",
      when: "an issuer is registered again with another limit",
      provoke: () =>
        refusalOf(
          router.call(registerIssuer, {
            reservationToken: newToken(),
            issuerId: ISSUER_ID,
            currency: "EUR",
            limitMinor: LIMIT_MINOR + 1n,
            homeRegion: "madrid",
          }),
        ),
    },
    {
      reason: "TOKEN_REUSED",
      when: "a token comes back with another amount",
      provoke: async () => {
        const { token } = await contract.reserve();
        return refusalOf(router.call(reserve, fresh({ reservationToken: token, amountMinor: 2n })));
      },
    },
    {
      reason: "TOKEN_EXPIRED",
      when: "a token is older than the retention horizon",
      provoke: () =>
        refusalOf(router.call(reserve, fresh({ reservationToken: tokenAt(Date.now() - 31 * DAY_MS) }))),
    },
    {
      reason: "SESSION_TOKEN_INVALID",
      when: "a session token was never signed",
      field: "session_token",
      provoke: () => refusalOf(router.call(awaitDurability, { sessionToken: "forged" })),
    },
    {
      reason: "SESSION_TOKEN_INVALID",
      when: "a read carries a session token with a changed letter",
      field: "session_token",
      provoke: async () => {
        const { sessionToken } = await contract.reserve();
        const forged = (sessionToken.startsWith("A") ? "B" : "A") + sessionToken.slice(1);
        const consistency = { contract: { case: "session", value: { sessionToken: forged } } } as const;
        return refusalOf(router.call(getExposure, { issuerId: ISSUER_ID, consistency }));
      },
    },
    {
      reason: "INVALID_REQUEST",
      when: "a token is fenced without its issuer",
      field: "issuer_id",
      provoke: () => refusalOf(router.call(getTokenStatus, { reservationToken: newToken(), mode: 2 })),
    },
  ];
}
