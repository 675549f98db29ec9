import { create } from "@bufbuild/protobuf";
import t from "tap";
import { ItemError } from "../../../common/batch/kinds.ts";
import { formatToken } from "../../../common/batch/token.ts";
import { peekSessionPosition } from "../../../common/tokens/session-token.ts";
import {
  AdminService,
  RegisterIssuerRequestSchema,
} from "../../../proto/gen/harborpoint/admin/v1/admin_pb.ts";
import {
  AmendRequestSchema,
  ReleaseRequestSchema,
  ReservationService,
  SettleRequestSchema,
} from "../../../proto/gen/harborpoint/reservation/v1/reservation_pb.ts";
import { Decision, Durability } from "../../../proto/gen/harborpoint/types/v1/types_pb.ts";
import { testToken } from "../../support/mutation-rows.ts";
import { storeErrorOf } from "../../support/store-error-of.ts";
import { RunningRouter } from "../running.ts";

const DEADLINE = { deadlineMs: 5000 };

t.test("a reserve goes to its issuer's leader, and the answer says all there is", async (t) => {
  const router = await new RunningRouter(t).start();
  const { outcome } = await router.reserve("b1", 1);
  t.match(outcome, {
    decision: Decision.APPROVED,
    reservationId: /^R2-1-1-.$/,
    label: {
      position: { shardId: 2, generation: 1n, lsn: 1n },
      durability: Durability.LOCAL_SYNC,
      replayed: false,
      remainingHeadroomMinor: 900n,
    },
  });
  t.same(peekSessionPosition(outcome?.label?.sessionToken ?? ""), { shardId: 2, generation: 1, lsn: 1 });
  t.match(router.n1.batches, [{ shardId: 2, generation: 1n, region: "madrid" }]);
  t.equal(router.m1.batches.length, 0);
});

t.test("release, settle and amend go the same way", async (t) => {
  const router = await new RunningRouter(t).start();
  const { channel } = router;
  const ids = (number: number) => ({
    reservationToken: formatToken(testToken(number)),
    targetReservationToken: formatToken(testToken(1)),
    issuerId: "a1",
  });
  const { release, settle, amend } = ReservationService.method;
  const answers = await Promise.all([
    channel.unary(release, create(ReleaseRequestSchema, ids(2)), DEADLINE),
    channel.unary(settle, create(SettleRequestSchema, ids(3)), DEADLINE),
    channel.unary(amend, create(AmendRequestSchema, { ...ids(4), amountMinor: 7n }), DEADLINE),
  ]);
  t.same(
    answers.map(({ outcome }) => outcome?.decision),
    [Decision.APPROVED, Decision.APPROVED, Decision.APPROVED],
  );
});

t.test("calls that arrive together go to their leader together", async (t) => {
  const router = await new RunningRouter(t).start();
  await router.reserve("a1", 1000);
  await Promise.all(Array.from({ length: 64 }, (_, i) => router.reserve(i % 2 === 0 ? "a1" : "b1", i)));
  t.ok(router.m1.batches.length - 1 < 32, "fewer messages than calls");
  t.equal(router.m1.shards.get(1)?.lastLsn, 33);
  t.equal(router.n1.shards.get(2)?.lastLsn, 32);
});

t.test("a malformed request is refused here, with the field", async (t) => {
  const router = await new RunningRouter(t).start();
  const cases = [
    ["amount_minor", { amountMinor: 0n }],
    ["reservation_token", { reservationToken: "not a token" }],
    ["issuer_id", { issuerId: "" }],
    ["labels", { labels: { "": "x" } }],
  ] as const;
  for (const [field, change] of cases) {
    const error = await storeErrorOf(router.reserve("a1", 1, change));
    t.match(error, { reason: "INVALID_REQUEST", field });
  }
  t.equal(router.m1.batches.length, 0);
});

t.test("an error of the leader is the caller's, with its pause", async (t) => {
  const router = await new RunningRouter(t).start();
  router.m1.refuseWith = ItemError.RPO_GATE_CLOSED;
  const error = await storeErrorOf(router.reserve("a1", 1));
  t.match(error, { reason: "RPO_GATE_CLOSED", metadata: { shardId: "1" } });
});

t.test("issuers that cannot be placed", async (t) => {
  await t.test("an unknown one is ISSUER_NOT_FOUND until it is registered", async (t) => {
    const router = await new RunningRouter(t).start();
    t.equal((await storeErrorOf(router.reserve("stranger", 1))).reason, "ISSUER_NOT_FOUND");
    const registration = create(RegisterIssuerRequestSchema, { issuerId: "stranger" });
    await router.channel.unary(AdminService.method.registerIssuer, registration, DEADLINE);
    t.match(await router.reserve("stranger", 1), { outcome: { decision: Decision.APPROVED } });
  });

  await t.test("without metadata known issuers work and others are METADATA_UNAVAILABLE", async (t) => {
    const router = await new RunningRouter(t).start();
    await router.reserve("a1", 1);
    await router.metadata.stop();
    t.match(await router.reserve("a1", 2), { outcome: { decision: Decision.APPROVED } });
    t.equal((await storeErrorOf(router.reserve("a2", 3))).reason, "METADATA_UNAVAILABLE");
  });

  await t.test("callers who ask for one issuer at the same time share one question", async (t) => {
    const router = await new RunningRouter(t).start();
    await Promise.all(Array.from({ length: 20 }, (_, i) => router.reserve("a1", i)));
    t.same(router.metadata.located, ["a1"]);
  });
});

t.test("an issuer that has moved is placed anew, unseen", async (t) => {
  const router = await new RunningRouter(t).start();
  await router.reserve("a1", 1);
  router.m1.moved.add("a1");
  router.metadata.issuers.set("a1", 2);
  t.match(await router.reserve("a1", 2), { outcome: { label: { position: { shardId: 2 } } } });
});

t.test("more open mutations than allowed are OVERLOADED", async (t) => {
  const router = await new RunningRouter(t, { "--open-rows-max": "2" }).start();
  router.m1.isHolding = true;
  const open = [router.reserve("a1", 1), router.reserve("a1", 2)];
  await router.until(() => router.m1.batches.length > 0);
  t.equal((await storeErrorOf(router.reserve("a1", 3))).reason, "OVERLOADED");
  router.m1.release();
  await Promise.all(open);
});
