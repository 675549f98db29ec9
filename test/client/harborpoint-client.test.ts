import t, { type Test } from "tap";
import { HarborpointClient } from "../../client/harborpoint-client.ts";
import { Session } from "../../client/session.ts";
import { newToken } from "../../client/token.ts";
import { TokenStatus } from "../../proto/gen/harborpoint/reservation/v1/reservation_pb.ts";
import { FakeRouter } from "../support/fake-router.ts";
import { storeErrorOf } from "../support/store-error-of.ts";

function clientOf(t: Test, ...endpoints: string[]): HarborpointClient {
  const client = new HarborpointClient({ endpoints });
  t.teardown(() => client.close());
  return client;
}

const reserve = (token = newToken()) => ({ token, issuerId: "MUNI-77", amountMinor: 100 });

t.test("a lone call is decided in one batch of one", async (t) => {
  const router = await FakeRouter.start(t);
  const decision = await clientOf(t, router.address).reserve(reserve());
  t.match(decision, {
    decision: "APPROVED",
    label: {
      position: { shardId: 3, generation: 2, lsn: 1 },
      sessionToken: "session-1",
      durability: "LOCAL_SYNC",
      replayed: false,
      remainingHeadroomMinor: 77,
    },
  });
  t.match(decision.reservationId, /^R3-2-1-/);
  t.same(router.batchSizes, [1]);
});

t.test("calls of one turn leave together, in the order of the calls", async (t) => {
  const router = await FakeRouter.start(t);
  const client = clientOf(t, router.address);
  const tokens = Array.from({ length: 50 }, () => newToken());
  await Promise.all(tokens.map((token) => client.reserve(reserve(token))));
  t.same(router.batchSizes, [50]);
  t.same(router.tokensSeen, tokens);
  t.equal(router.streamCount, 1);
});

t.test("a row at home does not wait for one across the ocean, once it is known which is which", async (t) => {
  const router = await FakeRouter.start(t);
  const client = clientOf(t, router.address);
  router.store.shards.set("FAR", 5);
  const near = () => client.reserve(reserve());
  const far = () => client.reserve({ ...reserve(), issuerId: "FAR" });
  await Promise.all([near(), far()]);
  router.shardDelaysMs.set(5, 300);
  const answered: string[] = [];
  await Promise.all([
    far().then(() => answered.push("far")),
    near().then(() => answered.push("near")),
    near().then(() => answered.push("near")),
  ]);
  t.same(answered, ["near", "near", "far"]);
  t.same(
    [...router.batchSizes].sort((a, b) => a - b),
    [1, 2, 2],
  );
});

t.test("a full window makes rows wait and leave in bigger batches", async (t) => {
  const router = await FakeRouter.start(t);
  const client = new HarborpointClient({ endpoints: [router.address], rowsInFlightMax: 10 });
  t.teardown(() => client.close());
  await Promise.all(Array.from({ length: 35 }, () => client.reserve(reserve())));
  t.same(router.batchSizes, [10, 10, 10, 5]);
});

t.test("a row that never gets its turn is refused as OVERLOADED at its deadline", async (t) => {
  const router = await FakeRouter.start(t);
  const client = new HarborpointClient({ endpoints: [router.address], rowsInFlightMax: 1 });
  t.teardown(() => client.close());
  router.fates.push({ type: "silence", recorded: false });
  const stuck = client.reserve(reserve(), { timeoutMs: 400 });
  const stuckError = storeErrorOf(stuck);
  t.equal((await storeErrorOf(client.reserve(reserve(), { timeoutMs: 200 }))).reason, "OVERLOADED");
  t.equal((await stuckError).reason, "COMMIT_OUTCOME_UNKNOWN");
});

t.test("beyond the line a call is refused", async (t) => {
  const router = await FakeRouter.start(t);
  const client = new HarborpointClient({ endpoints: [router.address], rowsWaitingMax: 2 });
  t.teardown(() => client.close());
  const first = [client.reserve(reserve()), client.reserve(reserve())];
  // Shorter than the least pause before another attempt, and never sent at all.
  const third = client.reserve(reserve(), { timeoutMs: 40 });
  t.equal((await storeErrorOf(third)).reason, "OVERLOADED");
  await Promise.all(first);
  t.equal(router.tokensSeen.length, 2);
});

t.test("a repeatable refusal is repeated with the same token", async (t) => {
  const router = await FakeRouter.start(t);
  router.fates.push(
    { type: "refuse", reason: "SYNC_PEER_UNAVAILABLE", retryAfterMs: 20 },
    { type: "refuse", reason: "STALE_GENERATION" },
  );
  const request = reserve();
  const decision = await clientOf(t, router.address).reserve(request);
  t.equal(decision.decision, "APPROVED");
  t.same(router.tokensSeen, [request.token, request.token, request.token]);
  t.same(router.tokensAsked, [], "nothing was in doubt");
});

t.test("a refusal that repeating cannot cure is passed on at once", async (t) => {
  const router = await FakeRouter.start(t);
  router.fates.push({ type: "refuse", reason: "ISSUER_NOT_FOUND" });
  const call = clientOf(t, router.address).reserve(reserve());
  t.equal((await storeErrorOf(call)).reason, "ISSUER_NOT_FOUND");
  t.same(router.batchSizes, [1]);
});

t.test("repeating ends with the last refusal when the deadline allows no other attempt", async (t) => {
  const router = await FakeRouter.start(t);
  router.fates.push({ type: "refuse", reason: "RPO_GATE_CLOSED", retryAfterMs: 5_000 });
  const call = clientOf(t, router.address).reserve(reserve(), { timeoutMs: 1_000 });
  t.equal((await storeErrorOf(call)).reason, "RPO_GATE_CLOSED");
});

for (const recorded of [true, false]) {
  t.test(`a broken stream is resolved by the token (${recorded ? "" : "not "}recorded)`, async (t) => {
    const router = await FakeRouter.start(t);
    const client = clientOf(t, router.address);
    router.fates.push({ type: "break", recorded });
    const requests = [reserve(), reserve(), reserve()];
    const decisions = await Promise.all(requests.map((request) => client.reserve(request)));
    t.ok(decisions.every(({ decision }) => decision === "APPROVED"));
    t.ok(decisions.every(({ label }) => label.replayed === recorded));
    t.equal(new Set(decisions.map(({ label }) => label.position.lsn)).size, 3);
    t.same(new Set(router.tokensAsked), new Set(requests.map(({ token }) => token)));
  });
}

t.test("a token that is still under way is asked for again before anything is sent", async (t) => {
  const router = await FakeRouter.start(t);
  router.fates.push({ type: "break", recorded: true });
  router.statuses.push(TokenStatus.IN_FLIGHT, TokenStatus.COMMITTED_UNPROTECTED);
  const decision = await clientOf(t, router.address).reserve(reserve());
  t.equal(decision.label.replayed, true);
  t.equal(router.tokensAsked.length, 3);
  t.equal(router.tokensSeen.length, 2);
});

t.test("an expired token is never executed", async (t) => {
  const router = await FakeRouter.start(t);
  router.fates.push({ type: "break", recorded: false });
  router.statuses.push(TokenStatus.EXPIRED);
  t.equal((await storeErrorOf(clientOf(t, router.address).reserve(reserve()))).reason, "TOKEN_EXPIRED");
  t.equal(router.tokensSeen.length, 1);
});

t.test(
  "other contents under a doubtful token come out as TOKEN_REUSED, not as somebody's approval",
  async (t) => {
    const router = await FakeRouter.start(t);
    const client = clientOf(t, router.address);
    const request = reserve();
    await client.reserve(request);
    router.fates.push({ type: "break", recorded: true });
    t.equal((await storeErrorOf(client.reserve({ ...request, amountMinor: 200 }))).reason, "TOKEN_REUSED");
  },
);

t.test("an approval that comes too late counts once its token confirms it", async (t) => {
  const router = await FakeRouter.start(t);
  router.fates.push({ type: "answer", afterMs: 1_200 });
  const request = reserve();
  const decision = await clientOf(t, router.address).reserve(request);
  t.equal(decision.decision, "APPROVED");
  t.same(router.tokensAsked, [request.token]);
  t.same(router.tokensSeen, [request.token], "it was not sent again");
});

t.test("a late approval that the token does not confirm is not believed", async (t) => {
  const router = await FakeRouter.start(t);
  router.fates.push({ type: "answer", afterMs: 1_200 });
  router.statuses.push(TokenStatus.NOT_FOUND);
  const request = reserve();
  await clientOf(t, router.address).reserve(request);
  t.same(router.tokensSeen, [request.token, request.token], "it was sent again");
});

t.test("a silent router is given up, and its rows are resolved by their tokens", async (t) => {
  const router = await FakeRouter.start(t);
  router.fates.push({ type: "silence", recorded: true });
  const decision = await clientOf(t, router.address).reserve(reserve(), { timeoutMs: 10_000 });
  t.equal(decision.label.replayed, true);
  t.equal(router.tokensAsked.length, 1);
});

t.test("with nothing reachable nothing was committed, and the error says so", async (t) => {
  const router = await FakeRouter.start(t);
  const { address } = router;
  await router.stop();
  const call = clientOf(t, address).reserve(reserve(), { timeoutMs: 300 });
  t.equal((await storeErrorOf(call)).reason, "LEADER_UNREACHABLE");
});

t.test("out of reach after a doubtful attempt stays unknown", async (t) => {
  const router = await FakeRouter.start(t);
  router.fates.push({ type: "break", recorded: true });
  const call = clientOf(t, router.address).reserve(reserve(), { timeoutMs: 600 });
  const error = storeErrorOf(call);
  while (router.batchSizes.length === 0) await new Promise((resolve) => setImmediate(resolve));
  await router.stop();
  t.equal((await error).reason, "COMMIT_OUTCOME_UNKNOWN");
});

t.test("another router takes over while the preferred one is down", async (t) => {
  const [first, second] = [await FakeRouter.start(t), await FakeRouter.start(t)];
  const client = clientOf(t, first.address, second.address);
  await client.reserve(reserve());
  await first.stop();
  await client.reserve(reserve());
  t.same([first.tokensSeen.length, second.tokensSeen.length], [1, 1]);
});

t.test("an issuer is registered through the same machinery", async (t) => {
  const router = await FakeRouter.start(t);
  const client = clientOf(t, router.address);
  const input = {
    token: newToken(),
    issuerId: "MUNI-77",
    currency: "USD",
    limitMinor: 5,
    homeRegion: "new-york",
  };
  const first = await client.registerIssuer(input);
  const again = await client.registerIssuer(input);
  t.equal(again.label.replayed, true);
  t.same(again.label.position, first.label.position);
  t.equal(
    (await storeErrorOf(client.registerIssuer({ ...input, limitMinor: 0.5 }))).reason,
    "INVALID_REQUEST",
  );
});

t.test("what is no request is refused before it is sent, with the field named", async (t) => {
  const router = await FakeRouter.start(t);
  const client = clientOf(t, router.address);
  const bad = [
    [client.reserve({ ...reserve(), token: "no-uuid" }), "reservation_token"],
    [client.reserve({ ...reserve(), amountMinor: 1.5 }), "amount_minor"],
    [client.reserve({ ...reserve(), amountMinor: -500 }), "amount_minor"],
    [client.reserve({ ...reserve(), issuerId: "" }), "issuer_id"],
    [client.reserve({ ...reserve(), ttlMs: -1 }), "ttl_ms"],
    [client.release({ ...reserve(), targetToken: "x" }), "target_reservation_token"],
    [client.amend({ ...reserve(), amountMinor: 0, targetToken: newToken() }), "amount_minor"],
    [client.settle({ ...reserve(), targetToken: newToken(), desk: "d".repeat(65) }), "desk"],
  ] as const;
  for (const [call, field] of bad)
    t.match(await storeErrorOf(call), { reason: "INVALID_REQUEST", field }, field);
  t.same(router.batchSizes, []);
});

t.test("who brings no token gets one, also beside an outcome that stays unknown", async (t) => {
  const router = await FakeRouter.start(t);
  const client = clientOf(t, router.address);
  const { token, ...request } = reserve();
  t.ok(token);
  t.equal((await client.reserve(request)).token, router.tokensSeen[0]);
  router.fates.push({ type: "silence", recorded: true });
  const error = await storeErrorOf(client.reserve(request, { timeoutMs: 200 }));
  t.match(error, { reason: "COMMIT_OUTCOME_UNKNOWN", metadata: { reservationToken: router.tokensSeen[1] } });
});

t.test("a session takes note of writes", async (t) => {
  const router = await FakeRouter.start(t);
  const session = new Session();
  await clientOf(t, router.address).reserve(reserve(), { session });
  t.equal(session.tokenFor("MUNI-77"), "session-1");
});
