import { create, type MessageInitShape } from "@bufbuild/protobuf";
import t from "tap";
import { formatToken } from "../../../common/batch/token.ts";
import { StoreError } from "../../../common/errors/store-error.ts";
import { formatReservationId } from "../../../common/tokens/reservation-id.ts";
import { SessionTokenSigner } from "../../../common/tokens/session-token.ts";
import {
  AwaitDurabilityRequestSchema,
  GetExposureRequestSchema,
  GetReservationRequestSchema,
  GetTokenStatusRequestSchema,
  ListOpenReservationsRequestSchema,
  ReservationService,
  TokenStatus,
  TokenStatusMode,
} from "../../../proto/gen/harborpoint/reservation/v1/reservation_pb.ts";
import {
  type ConsistencySchema,
  OnStale,
  ReadContract,
} from "../../../proto/gen/harborpoint/types/v1/types_pb.ts";
import { testToken } from "../../support/mutation-rows.ts";
import { storeErrorOf } from "../../support/store-error-of.ts";
import { RunningRouter } from "../running.ts";

const DEADLINE = { deadlineMs: 5000 };
const METHODS = ReservationService.method;
type Contract = MessageInitShape<typeof ConsistencySchema>["contract"];

const ANY: Contract = { case: "any", value: {} };
const SESSION: Contract = { case: "session", value: { sessionToken: "opaque" } };
const bounded = (onStale: OnStale): Contract => ({
  case: "bounded",
  value: { maxStalenessMs: 2000, onStale },
});

/** Reads the exposure of b1, whose leader is abroad and whose follower is here. */
function exposure(router: RunningRouter, contract?: Contract, issuerId = "b1") {
  const request = create(GetExposureRequestSchema, {
    issuerId,
    ...(contract && { consistency: { contract } }),
  });
  return router.channel.unary(METHODS.getExposure, request, DEADLINE);
}

t.test("the contract decides who is asked", async (t) => {
  const router = await new RunningRouter(t).start();
  t.match(await exposure(router), { label: { nodeId: "n1", fallbackReason: "" } });
  t.match(await exposure(router, ANY), { label: { nodeId: "m1", fallbackReason: "" } });
  t.match(await exposure(router, SESSION), { label: { nodeId: "m1", fallbackReason: "" } });
  t.match(await exposure(router, bounded(OnStale.UNSPECIFIED), "a1"), { label: { nodeId: "m1" } });
  t.match(router.n1.reads, [{ method: "getExposure", shardId: "2", generation: "1" }]);
});

t.test("a replica that cannot keep the contract sends the read to the leader, labelled", async (t) => {
  const router = await new RunningRouter(t).start();
  router.m1.readError = new StoreError("POSITION_NOT_REACHED");
  t.match(await exposure(router, SESSION), {
    label: { nodeId: "n1", fallbackReason: "POSITION_NOT_REACHED" },
  });
  router.m1.readError = new StoreError("STALENESS_EXCEEDED");
  t.match(await exposure(router, bounded(OnStale.FALLBACK_LEADER)), {
    exposure: { currency: "bounded" },
    label: {
      nodeId: "n1",
      contractAsked: ReadContract.BOUNDED,
      stale: false,
      fallbackReason: "STALENESS_EXCEEDED",
    },
  });
});

t.test("when the leader cannot be reached either, the caller's choice decides", async (t) => {
  const router = await new RunningRouter(t).start();
  await router.reserve("b1", 1);
  router.m1.readError = new StoreError("STALENESS_EXCEEDED");
  await router.n1.stop();
  const failed = await storeErrorOf(exposure(router, bounded(OnStale.FAIL)));
  t.equal(failed.reason, "STALENESS_EXCEEDED");
  const unreachable = await storeErrorOf(exposure(router, bounded(OnStale.FALLBACK_LEADER)));
  t.equal(unreachable.reason, "LEADER_UNREACHABLE");
  const stale = exposure(router, bounded(OnStale.MARK_STALE));
  t.equal((await storeErrorOf(stale)).reason, "STALENESS_EXCEEDED", "the replica refuses even that");
  t.equal((await storeErrorOf(exposure(router, SESSION))).reason, "LEADER_UNREACHABLE");
});

t.test("an answer that may be too old says so", async (t) => {
  const router = await new RunningRouter(t).start();
  await router.reserve("b1", 1);
  await router.n1.stop();
  router.m1.isAgeUnknown = true;
  t.match(await exposure(router, bounded(OnStale.MARK_STALE)), {
    exposure: { currency: "any" },
    label: {
      nodeId: "m1",
      contractAsked: ReadContract.BOUNDED,
      stale: true,
      fallbackReason: "STALENESS_EXCEEDED, LEADER_UNREACHABLE",
    },
  });
});

t.test("an answer of a replica that is no matter of place is final", async (t) => {
  const router = await new RunningRouter(t).start();
  for (const reason of ["SESSION_LOST", "SESSION_TOKEN_INVALID", "RESERVATION_NOT_FOUND"] as const) {
    router.m1.readError = new StoreError(reason);
    t.equal((await storeErrorOf(exposure(router, SESSION))).reason, reason);
  }
  t.equal(router.n1.reads.length, 0);
});

t.test("a leader that has moved on is found", async (t) => {
  const router = await new RunningRouter(t).start();
  await exposure(router);
  router.m1.holds(2, 2, true);
  router.n1.holds(2, 2, false);
  router.metadata.place(2, 2, "m1", ["n1", "m1"]);
  t.match(await exposure(router), { label: { nodeId: "m1" } });
});

t.test("a leader that is not found in time is LEADER_UNREACHABLE", async (t) => {
  const router = await new RunningRouter(t).start();
  router.n1.readError = new StoreError("NOT_LEADER");
  const request = create(GetExposureRequestSchema, { issuerId: "b1" });
  const call = router.channel.unary(METHODS.getExposure, request, { deadlineMs: 400 });
  t.equal((await storeErrorOf(call)).reason, "LEADER_UNREACHABLE");
  t.ok(router.n1.reads.length > 2, "it was asked more than once");
});

t.test("a reservation is found by its token or by its id alone", async (t) => {
  const router = await new RunningRouter(t).start();
  const read = (key: MessageInitShape<typeof GetReservationRequestSchema>["key"]) =>
    router.channel.unary(METHODS.getReservation, create(GetReservationRequestSchema, { key }), DEADLINE);
  await read({ case: "token", value: { issuerId: "b1", reservationToken: formatToken(testToken(1)) } });
  const reservationId = formatReservationId({ shardId: 1, generation: 1, lsn: 9 });
  await read({ case: "reservationId", value: reservationId });
  t.match([router.n1.reads, router.m1.reads], [[{ shardId: "2" }], [{ shardId: "1" }]]);
  const elsewhere = formatReservationId({ shardId: 99, generation: 1, lsn: 9 });
  t.equal(
    (await storeErrorOf(read({ case: "reservationId", value: elsewhere }))).reason,
    "RESERVATION_NOT_FOUND",
  );
  t.match(await storeErrorOf(read({ case: "reservationId", value: "nonsense" })), {
    field: "reservation_id",
  });
  t.match(await storeErrorOf(read({ case: undefined })), { field: "key" });
});

t.test("open reservations are listed where the issuer lives", async (t) => {
  const router = await new RunningRouter(t).start();
  const list = (issuerId: string) =>
    router.channel.unary(
      METHODS.listOpenReservations,
      create(ListOpenReservationsRequestSchema, { issuerId }),
      DEADLINE,
    );
  t.match(await list("b1"), { label: { nodeId: "n1" } });
  t.equal((await storeErrorOf(list("stranger"))).reason, "ISSUER_NOT_FOUND");
  t.match(await storeErrorOf(list("")), { reason: "INVALID_REQUEST", field: "issuer_id" });
});

t.test("token status", async (t) => {
  const status = (router: RunningRouter, request: MessageInitShape<typeof GetTokenStatusRequestSchema>) =>
    router.channel.unary(
      METHODS.getTokenStatus,
      create(GetTokenStatusRequestSchema, {
        reservationToken: formatToken(testToken(1)),
        ...(request as object),
      }),
      DEADLINE,
    );

  await t.test("is the leader's word when the issuer is named", async (t) => {
    const router = await new RunningRouter(t).start();
    router.n1.tokenStatus = { status: TokenStatus.DECLINED };
    t.match(await status(router, { issuerId: "b1" }), { status: TokenStatus.DECLINED });
    t.match(await status(router, { issuerId: "b1", mode: TokenStatusMode.FENCE }), {
      label: { nodeId: "n1" },
    });
    t.equal(router.m1.reads.length, 0);
  });

  await t.test("is asked of every leader when it is not", async (t) => {
    const router = await new RunningRouter(t).start();
    t.match(await status(router, {}), { status: TokenStatus.NOT_FOUND });
    t.match([router.m1.reads, router.n1.reads], [[{ shardId: "1" }], [{ shardId: "2" }]]);
    router.n1.tokenStatus = { status: TokenStatus.APPROVED };
    t.match(await status(router, {}), { status: TokenStatus.APPROVED, label: { nodeId: "n1" } });
    router.n1.tokenStatus = { status: TokenStatus.EXPIRED };
    t.match(await status(router, {}), { status: TokenStatus.EXPIRED });
  });

  await t.test("is not NOT_FOUND unless every leader said so", async (t) => {
    const router = await new RunningRouter(t).start();
    router.n1.readError = new StoreError("SHARD_FROZEN");
    const error = await storeErrorOf(status(router, {}));
    t.match(error, { reason: "LEADER_UNREACHABLE", metadata: { leadersAnswered: "1", leadersAsked: "2" } });
    router.m1.tokenStatus = { status: TokenStatus.APPROVED };
    t.match(await status(router, {}), { status: TokenStatus.APPROVED }, "a yes needs only one");
  });

  await t.test("needs a token, and an issuer to fence", async (t) => {
    const router = await new RunningRouter(t).start();
    t.match(await storeErrorOf(status(router, { reservationToken: "x" })), { field: "reservation_token" });
    t.match(await storeErrorOf(status(router, { mode: TokenStatusMode.FENCE })), { field: "issuer_id" });
  });
});

t.test("durability is awaited at the leader of the session token's shard", async (t) => {
  const router = await new RunningRouter(t).start();
  const wait = (sessionToken: string, timeoutMs = 0) =>
    router.channel.unary(
      METHODS.awaitDurability,
      create(AwaitDurabilityRequestSchema, { sessionToken, timeoutMs }),
      DEADLINE,
    );
  const signer = new SessionTokenSigner(new Uint8Array(32).fill(9));
  t.match(await wait(signer.sign({ shardId: 2, generation: 1, lsn: 5 })), { geoDurable: true });
  t.match(router.n1.reads, [{ method: "awaitDurability", shardId: "2" }]);
  const elsewhere = wait(signer.sign({ shardId: 99, generation: 1, lsn: 5 }));
  t.equal((await storeErrorOf(elsewhere)).reason, "SESSION_TOKEN_INVALID");
  t.equal((await storeErrorOf(wait("nonsense"))).reason, "SESSION_TOKEN_INVALID");
  t.match(await storeErrorOf(wait("nonsense", 60_001)), { reason: "INVALID_REQUEST", field: "timeout_ms" });
});
