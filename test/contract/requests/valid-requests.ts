import type { DescMethodUnary, MessageInitShape } from "@bufbuild/protobuf";
import { newToken } from "../../../client/index.ts";
import { AdminService } from "../../../proto/gen/harborpoint/admin/v1/admin_pb.ts";
import { ReservationService } from "../../../proto/gen/harborpoint/reservation/v1/reservation_pb.ts";
import type { ShardGroup } from "../../support/cluster/shard-group.ts";

/** A single call and a request for it in which every field that can be wrong is right. */
export interface ValidRequest {
  readonly method: DescMethodUnary;
  readonly request: MessageInitShape<DescMethodUnary["input"]>;
}

/** Binds the type of a request to its method. */
function valid<Method extends DescMethodUnary>(
  method: Method,
  request: MessageInitShape<Method["input"]>,
): ValidRequest {
  return { method, request };
}

/** What requests are about: a reservation that is there, on an issuer nobody counts on. */
export interface Subject {
  readonly issuerId: string;
  readonly reservationId: string;
  readonly sessionToken: string;
  /** A shard nobody counts on either: half a request to hand it over may still hand it over. */
  readonly shard: ShardGroup;
}

/** A well-formed request for every single call of the public services that takes one. */
export function validRequests({ issuerId, reservationId, sessionToken, shard }: Subject): ValidRequest[] {
  const { method: reservations } = ReservationService;
  const { method: admin } = AdminService;
  const asker = { issuerId, desk: "desk", trader: "trader" };
  const targeted = () => ({
    ...asker,
    reservationToken: newToken(),
    targetReservationToken: newToken(),
  });
  const consistency = { contract: { case: "session", value: { sessionToken } } } as const;
  return [
    valid(reservations.reserve, {
      ...asker,
      reservationToken: newToken(),
      amountMinor: 1n,
      currency: "EUR",
      ttlMs: 60_000,
      labels: { book: "a" },
    }),
    valid(reservations.release, targeted()),
    valid(reservations.settle, targeted()),
    valid(reservations.amend, { ...targeted(), amountMinor: 1n }),
    valid(reservations.getReservation, {
      key: { case: "token", value: { issuerId, reservationToken: newToken() } },
      consistency,
    }),
    valid(reservations.getReservation, { key: { case: "reservationId", value: reservationId }, consistency }),
    valid(reservations.listOpenReservations, { issuerId, pageSize: 10, consistency }),
    valid(reservations.getExposure, { issuerId, consistency }),
    valid(reservations.getExposure, {
      issuerId,
      consistency: { contract: { case: "bounded", value: { onStale: 1 } } },
    }),
    valid(reservations.getTokenStatus, { issuerId, reservationToken: newToken(), mode: 1 }),
    valid(reservations.awaitDurability, { sessionToken, timeoutMs: 100 }),
    valid(admin.describeShard, { shardId: shard.shardId }),
    valid(admin.registerIssuer, {
      reservationToken: newToken(),
      issuerId: `${issuerId}-new`,
      currency: "EUR",
      limitMinor: 1n,
      homeRegion: "madrid",
    }),
    valid(admin.setIssuerLimit, { reservationToken: newToken(), issuerId, limitMinor: 1_000_000n }),
    valid(admin.listIssuers, { pageSize: 10 }),
    valid(admin.switchover, {
      shardId: shard.shardId,
      expectedGeneration: BigInt(shard.generation),
      targetNodeId: shard.syncPeer,
      dryRun: true,
    }),
    valid(admin.listOperations, { operationId: crypto.randomUUID(), pageSize: 10 }),
  ];
}
