import t from "tap";
import { create } from "@bufbuild/protobuf";
import { formatToken } from "../../../common/batch/token.ts";
import { RpcChannel } from "../../../common/rpc/channel.ts";
import { reservationHandlers } from "../../../node/rpc/reservation-service.ts";
import {
  AmendRequestSchema,
  AwaitDurabilityRequestSchema,
  GetExposureRequestSchema,
  GetReservationRequestSchema,
  GetTokenStatusRequestSchema,
  ListOpenReservationsRequestSchema,
  ReleaseRequestSchema,
  ReservationService,
  ReserveRequestSchema,
  SettleRequestSchema,
  TokenStatus,
  TokenStatusMode,
} from "../../../proto/gen/harborpoint/reservation/v1/reservation_pb.ts";
import {
  Decision,
  DeclineReason,
  Durability,
  ReadContract,
  ReservationState,
} from "../../../proto/gen/harborpoint/types/v1/types_pb.ts";
import { ServingShard } from "../../support/node/serving-shard.ts";
import { TestRpcServer } from "../../support/rpc-server.ts";
import { FakeFollower } from "../../support/shard/fake-follower.ts";
import { SHARD_ID } from "../../support/shard/frame-author.ts";
import { EPOCH_MS, namedToken } from "../../support/shard/named-tokens.ts";
import { storeErrorOf } from "../../support/store-error-of.ts";

const { method } = ReservationService;
const token = (name: string) => formatToken(namedToken(name));
const soon = { deadlineMs: 3_000 };

/** The service over a real loopback connection. */
async function serving(t: { teardown(callback: () => unknown): void }) {
  const shard = await ServingShard.start(t);
  const server = await new TestRpcServer()
    .serving(
      ReservationService,
      reservationHandlers(() => shard.node),
    )
    .start();
  const channel = new RpcChannel(server.address);
  t.teardown(async () => {
    channel.close();
    await server.server.stop(100);
  });
  const reserveX = async (name: string, amountMinor: bigint) => {
    const request = create(ReserveRequestSchema, {
      reservationToken: token(name),
      issuerId: "X",
      amountMinor,
    });
    const { outcome } = await channel.unary(method.reserve, request, soon);
    if (outcome === undefined) throw new Error("a reserve is answered with an outcome");
    return outcome;
  };
  return { shard, channel, reserveX };
}

t.test("the life cycle of a reservation by single calls", async (t) => {
  const { shard, channel, reserveX } = await serving(t);
  const reserved = await reserveX("r1", 400n);
  t.match(reserved, {
    decision: Decision.APPROVED,
    label: {
      position: { shardId: SHARD_ID, generation: 1n, lsn: 3n },
      durability: Durability.LOCAL_SYNC,
      replayed: false,
      remainingHeadroomMinor: 600n,
    },
  });
  const { sessionToken = "" } = reserved.label ?? {};
  t.same(shard.node.sessions.verify(sessionToken), { shardId: SHARD_ID, generation: 1, lsn: 3 });
  const target = { issuerId: "X", targetReservationToken: token("r1") };
  const amend = create(AmendRequestSchema, { ...target, reservationToken: token("a1"), amountMinor: 500n });
  t.match(await channel.unary(method.amend, amend, soon), { outcome: { decision: Decision.APPROVED } });
  const settle = create(SettleRequestSchema, { ...target, reservationToken: token("s1") });
  const settled = await channel.unary(method.settle, settle, soon);
  t.equal(settled.outcome?.reservationId, reserved.reservationId);
  const release = create(ReleaseRequestSchema, { ...target, reservationToken: token("rel") });
  t.match(await channel.unary(method.release, release, soon), {
    outcome: { decision: Decision.DECLINED, declineReason: DeclineReason.NOT_OPEN },
  });
});

t.test("a retry is answered with the first decision and its position", async (t) => {
  const { reserveX } = await serving(t);
  const first = await reserveX("r1", 400n);
  const again = await reserveX("r1", 400n);
  t.same(again.label?.position, first.label?.position);
  t.match(again, {
    reservationId: first.reservationId,
    label: { replayed: true, remainingHeadroomMinor: undefined },
  });
  const reused = await storeErrorOf(reserveX("r1", 401n));
  t.equal(reused.reason, "TOKEN_REUSED");
});

t.test("malformed single calls are refused with the field", async (t) => {
  const { channel } = await serving(t);
  const good = { reservationToken: token("r1"), issuerId: "X", amountMinor: 1n };
  const cases = [
    [{ ...good, reservationToken: "" }, "reservation_token"],
    [{ ...good, issuerId: "" }, "issuer_id"],
    [{ ...good, amountMinor: 0n }, "amount_minor"],
    [{ ...good, amountMinor: 2n ** 60n }, "amount_minor"],
    [{ ...good, desk: "d".repeat(65) }, "desk"],
    [{ ...good, currency: "USD" }, "currency"],
    [{ ...good, reservationToken: formatToken(namedToken("x", EPOCH_MS + 3_600_000)) }, "reservation_token"],
  ] as const;
  for (const [init, field] of cases) {
    const error = await storeErrorOf(channel.unary(method.reserve, create(ReserveRequestSchema, init), soon));
    t.match(error, { reason: "INVALID_REQUEST", field });
  }
  const unknown = create(ReserveRequestSchema, { ...good, issuerId: "nobody" });
  t.equal((await storeErrorOf(channel.unary(method.reserve, unknown, soon))).reason, "ISSUER_NOT_FOUND");
});

t.test("reads are labelled", async (t) => {
  const { channel, reserveX } = await serving(t);
  const { reservationId, label } = await reserveX("r1", 400n);
  await reserveX("r2", 100n);
  const exposure = await channel.unary(
    method.getExposure,
    create(GetExposureRequestSchema, { issuerId: "X" }),
    soon,
  );
  t.match(exposure, {
    exposure: { exposureMinor: 500n, openCount: 2n },
    label: {
      contractAsked: ReadContract.LINEARIZABLE,
      contractServed: ReadContract.LINEARIZABLE,
      nodeId: "a",
      applied: { lsn: 4n },
    },
  });
  const key = { case: "token" as const, value: { issuerId: "X", reservationToken: token("r1") } };
  const byToken = await channel.unary(
    method.getReservation,
    create(GetReservationRequestSchema, { key }),
    soon,
  );
  t.match(byToken.reservation, { reservationId, amountMinor: 400n, state: ReservationState.OPEN });
  const consistency = {
    contract: { case: "session" as const, value: { sessionToken: label?.sessionToken ?? "" } },
  };
  const byId = create(GetReservationRequestSchema, {
    key: { case: "reservationId", value: reservationId },
    consistency,
  });
  t.match(await channel.unary(method.getReservation, byId, soon), {
    reservation: { reservationId },
    label: { contractAsked: ReadContract.SESSION },
  });
  const list = create(ListOpenReservationsRequestSchema, { issuerId: "X", pageSize: 1 });
  const page = await channel.unary(method.listOpenReservations, list, soon);
  t.equal(page.reservations.length, 1);
  t.not(page.nextPageToken, "");
});

t.test("malformed reads are refused", async (t) => {
  const { channel } = await serving(t);
  const read = (init: object) =>
    storeErrorOf(channel.unary(method.getReservation, create(GetReservationRequestSchema, init), soon));
  t.match(await read({}), { reason: "INVALID_REQUEST", field: "key" });
  t.match(await read({ key: { case: "reservationId", value: "R5-1-3-0" } }), {
    reason: "INVALID_REQUEST",
    field: "reservation_id",
  });
  const key = { case: "token", value: { issuerId: "X", reservationToken: "?" } };
  t.match(await read({ key }), { reason: "INVALID_REQUEST", field: "token.reservation_token" });
});

t.test("the status of a token, and a fence that makes a no final", async (t) => {
  const { shard, channel, reserveX } = await serving(t);
  await reserveX("r1", 400n);
  const status = (name: string, mode: TokenStatusMode, issuerId = "X") =>
    channel.unary(
      method.getTokenStatus,
      create(GetTokenStatusRequestSchema, { issuerId, reservationToken: token(name), mode }),
      soon,
    );
  t.match(await status("r1", TokenStatusMode.OBSERVE), {
    status: TokenStatus.APPROVED,
    outcome: { decision: Decision.APPROVED, label: { replayed: true, position: { lsn: 3n } } },
  });
  t.match(await status("late", TokenStatusMode.UNSPECIFIED), {
    status: TokenStatus.NOT_FOUND,
    outcome: undefined,
  });
  const remote = new FakeFollower("c");
  shard.shard.attach(remote, 3);
  const fencing = status("late", TokenStatusMode.FENCE);
  for (let i = 0; i < 50; i++) {
    await new Promise((resolve) => setTimeout(resolve, 2));
    shard.shard.time.nowMs += 30;
    shard.shard.host.tick();
  }
  t.equal((await fencing).status, TokenStatus.FENCED_HOME_ONLY, "the remote region has not said a word");
  const late = await reserveX("late", 1n);
  t.match(late, { decision: Decision.DECLINED, declineReason: DeclineReason.FENCED });
  t.match(await status("r1", TokenStatusMode.FENCE), { status: TokenStatus.APPROVED });
  const withoutIssuer = await storeErrorOf(status("r1", TokenStatusMode.FENCE, ""));
  t.match(withoutIssuer, { reason: "INVALID_REQUEST", field: "issuer_id" });
});

t.test("without an issuer a router asks the shard for the token", async (t) => {
  const { channel, reserveX } = await serving(t);
  await reserveX("r1", 400n);
  const request = create(GetTokenStatusRequestSchema, { reservationToken: token("r1") });
  const metadata = { "harborpoint-shard-id": String(SHARD_ID), "harborpoint-generation": "1" };
  const answer = await channel.unary(method.getTokenStatus, request, { ...soon, metadata });
  t.equal(answer.status, TokenStatus.APPROVED);
});

t.test("AwaitDurability waits for the remote region, within bounds", async (t) => {
  const { shard, channel, reserveX } = await serving(t);
  const { label } = await reserveX("r1", 400n);
  const { sessionToken = "" } = label ?? {};
  const wait = (init: object) =>
    channel.unary(
      method.awaitDurability,
      create(AwaitDurabilityRequestSchema, { sessionToken, ...init }),
      soon,
    );
  const waiting = wait({ timeoutMs: 100 });
  await new Promise((resolve) => setTimeout(resolve, 50));
  shard.shard.time.nowMs += 101;
  shard.shard.host.tick();
  t.match(await waiting, { geoDurable: false, remoteDurable: { shardId: SHARD_ID, lsn: 1n } });
  t.match(await storeErrorOf(wait({ timeoutMs: 60_001 })), {
    reason: "INVALID_REQUEST",
    field: "timeout_ms",
  });
  t.match(await storeErrorOf(wait({ sessionToken: "forged" })), { reason: "SESSION_TOKEN_INVALID" });
  const remote = new FakeFollower("c");
  shard.stall();
  shard.shard.attach(remote, 3);
  shard.shard.deliverTo(remote);
  t.match(await wait({}), { geoDurable: true, remoteDurable: { lsn: 3n } });
});

t.test("a leader that lost its place answers neither reads nor token status", async (t) => {
  const { shard, channel } = await serving(t);
  const { configuration } = shard.shard.host.status();
  if (configuration === undefined) throw new Error("the shard is configured");
  shard.shard.host.configure({
    ...configuration,
    generation: 2,
    leader: "b",
    startLsn: 3,
    operationId: "other",
  });
  const request = create(GetExposureRequestSchema, { issuerId: "X" });
  t.equal((await storeErrorOf(channel.unary(method.getExposure, request, soon))).reason, "NOT_LEADER");
  const status = create(GetTokenStatusRequestSchema, { issuerId: "X", reservationToken: token("r1") });
  t.equal((await storeErrorOf(channel.unary(method.getTokenStatus, status, soon))).reason, "NOT_LEADER");
  t.same(shard.followerReads, ["not_leader", "not_leader"]);
});
