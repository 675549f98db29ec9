import { create } from "@bufbuild/protobuf";
import t, { type Test } from "tap";
import { HarborpointClient } from "../../client/harborpoint-client.ts";
import { Session } from "../../client/session.ts";
import { StoreError } from "../../common/errors/store-error.ts";
import type { ServiceHandlers } from "../../common/rpc/handlers.ts";
import { formatReservationId } from "../../common/tokens/reservation-id.ts";
import {
  AwaitDurabilityResponseSchema,
  GetExposureResponseSchema,
  GetReservationResponseSchema,
  ListOpenReservationsResponseSchema,
  ReservationService,
} from "../../proto/gen/harborpoint/reservation/v1/reservation_pb.ts";
import {
  type Consistency,
  ReadContract,
  ReservationState,
} from "../../proto/gen/harborpoint/types/v1/types_pb.ts";
import { approvedAt } from "../support/decisions.ts";
import { TestRpcServer } from "../support/rpc-server.ts";
import { storeErrorOf } from "../support/store-error-of.ts";

async function clientOf(
  t: Test,
  handlers: ServiceHandlers<typeof ReservationService>,
): Promise<HarborpointClient> {
  const server = await new TestRpcServer().serving(ReservationService, handlers).start();
  const client = new HarborpointClient({ endpoints: [server.address], timeoutMs: 2_000 });
  t.teardown(async () => {
    client.close();
    await server.server.stop(0);
  });
  return client;
}

function sessionThatWrote(issuerId: string): Session {
  const session = new Session();
  session.observe(issuerId, approvedAt(7, { sessionToken: "seen" }));
  return session;
}

t.test("a read asks for what is stated, else for the session's write, else for everything", async (t) => {
  const asked: (Consistency | undefined)[] = [];
  const client = await clientOf(t, {
    getExposure: async ({ consistency }) => {
      asked.push(consistency);
      return create(GetExposureResponseSchema, { exposure: {}, label: {} });
    },
  });
  const session = sessionThatWrote("A");
  await client.reads.getExposure("A", { session });
  await client.reads.getExposure("B", { session });
  await client.reads.getExposure("A", { session, consistency: { contract: "any" } });
  await client.reads.getExposure("A", {
    consistency: { contract: "bounded", maxStalenessMs: 9, onStale: "FAIL" },
  });
  t.match(
    asked.map((consistency) => consistency?.contract),
    [
      { case: "session", value: { sessionToken: "seen" } },
      { case: "linearizable" },
      { case: "any" },
      { case: "bounded", value: { maxStalenessMs: 9, onStale: 3 } },
    ],
  );
});

t.test("amounts come as numbers, the label says who answered", async (t) => {
  const client = await clientOf(t, {
    getExposure: async () =>
      create(GetExposureResponseSchema, {
        exposure: { issuerId: "A", limitMinor: 9n, exposureMinor: 12n, headroomMinor: -3n, openCount: 2n },
        label: {
          contractServed: ReadContract.LINEARIZABLE,
          nodeId: "madrid-1",
          applied: { shardId: 4, lsn: 5n },
        },
      }),
  });
  const { exposure, label } = await client.reads.getExposure("A");
  t.match(exposure, { limitMinor: 9, exposureMinor: 12, headroomMinor: -3, openCount: 2, settledCount: 0 });
  t.match(label, { contractServed: "LINEARIZABLE", nodeId: "madrid-1", applied: { shardId: 4, lsn: 5 } });
});

t.test("a reservation is found by its token or its id, and none is no error", async (t) => {
  const client = await clientOf(t, {
    getReservation: async ({ key }) => {
      if (key.case === "token") throw new StoreError("RESERVATION_NOT_FOUND");
      const reservation = {
        reservationId: key.value ?? "",
        amountMinor: 5n,
        state: ReservationState.SETTLED,
      };
      return create(GetReservationResponseSchema, { reservation, label: {} });
    },
  });
  t.equal(await client.reads.getReservation({ issuerId: "A", token: "t" }), undefined);
  const reservationId = formatReservationId({ shardId: 1, generation: 1, lsn: 2 });
  const found = await client.reads.getReservation({ reservationId });
  t.match(found?.reservation, { reservationId, amountMinor: 5, state: "SETTLED", expireTime: undefined });
});

t.test("a listing fetches page after page, empty ones too", async (t) => {
  const pages: Record<string, { readonly tokens: string[]; readonly next: string }> = {
    "": { tokens: ["c", "b"], next: "2" },
    "2": { tokens: [], next: "3" },
    "3": { tokens: ["a"], next: "" },
  };
  const client = await clientOf(t, {
    listOpenReservations: async ({ pageToken }) => {
      const { tokens, next } = pages[pageToken];
      const reservations = tokens.map((reservationToken) => ({ reservationToken }));
      return create(ListOpenReservationsResponseSchema, { reservations, nextPageToken: next, label: {} });
    },
  });
  const listed = await Array.fromAsync(client.reads.listOpenReservations("A"));
  t.same(
    listed.map(({ token }) => token),
    ["c", "b", "a"],
  );
});

t.test("a read is repeated where the catalogue says so, and only there", async (t) => {
  let calls = 0;
  const client = await clientOf(t, {
    getExposure: async ({ issuerId }) => {
      calls++;
      if (issuerId === "NONE") throw new StoreError("ISSUER_NOT_FOUND");
      if (calls < 3) throw new StoreError("NOT_LEADER");
      return create(GetExposureResponseSchema, { exposure: {}, label: {} });
    },
  });
  await client.reads.getExposure("A");
  t.equal(calls, 3);
  t.equal((await storeErrorOf(client.reads.getExposure("NONE"))).reason, "ISSUER_NOT_FOUND");
  t.equal(calls, 4);
});

t.test("waiting for remote durability outlasts an ordinary read", async (t) => {
  const client = await clientOf(t, {
    awaitDurability: async ({ timeoutMs }) =>
      create(AwaitDurabilityResponseSchema, {
        geoDurable: timeoutMs === 4_000,
        remoteDurable: { shardId: 2, generation: 1n, lsn: 3n },
      }),
  });
  t.same(await client.reads.awaitDurability("token", 4_000), {
    geoDurable: true,
    remoteDurable: { shardId: 2, generation: 1, lsn: 3 },
  });
});
