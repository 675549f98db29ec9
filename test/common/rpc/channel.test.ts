import { create } from "@bufbuild/protobuf";
import t, { type Test } from "tap";
import { RpcChannel } from "../../../common/rpc/channel.ts";
import type { RpcChannelOptions } from "../../../common/rpc/channel-options.ts";
import {
  ReservationService,
  ReserveRequestSchema,
  ReserveResponseSchema,
  ReserveStreamRequestSchema,
} from "../../../proto/gen/harborpoint/reservation/v1/reservation_pb.ts";
import { TestRpcServer } from "../../support/rpc-server.ts";
import { storeErrorPattern } from "../../support/store-error-pattern.ts";
import { SilentPeer } from "../../support/silent-peer.ts";

const { reserve, reserveStream } = ReservationService.method;
const request = create(ReserveRequestSchema, { issuerId: "MUNI-77" });

function newServer(): TestRpcServer {
  return new TestRpcServer().serving(ReservationService, {
    reserve: async () => create(ReserveResponseSchema),
    reserveStream: () => ({ onMessage() {}, onEnd() {}, onClose() {} }),
  });
}

async function startServer(t: Test): Promise<TestRpcServer> {
  const fixture = await newServer().start();
  t.teardown(() => fixture.server.stop(100));
  return fixture;
}

function newChannel(t: Test, address: string, options: RpcChannelOptions = {}): RpcChannel {
  const channel = new RpcChannel(address, options);
  t.teardown(() => channel.close());
  return channel;
}

t.test("nobody there: refused at once, as not sent, under the channel's reason", async (t) => {
  const channel = newChannel(t, "127.0.0.1:1", { unreachableReason: "METADATA_UNAVAILABLE" });
  await t.rejects(
    channel.unary(reserve, request, { deadlineMs: 60_000 }),
    storeErrorPattern("METADATA_UNAVAILABLE", {
      row: { outcome: "NOT_COMMITTED" },
      metadata: { address: "127.0.0.1:1" },
    }),
  );
  t.equal(channel.isReady(), false);
});

t.test("it comes back by itself when the server does", async (t) => {
  const first = await newServer().start();
  const channel = newChannel(t, first.address, { reconnectMs: 10, reconnectMsMax: 50 });
  t.ok(await channel.unary(reserve, request, { deadlineMs: 5000 }));
  await first.server.stop(100);
  await t.rejects(
    channel.unary(reserve, request, { deadlineMs: 5000 }),
    storeErrorPattern("LEADER_UNREACHABLE"),
  );
  const second = newServer();
  await second.server.start(first.address);
  t.teardown(() => second.server.stop(100));
  const giveUp = Date.now() + 20_000;
  while (!channel.isReady() && Date.now() < giveUp) await new Promise((resolve) => setTimeout(resolve, 10));
  t.ok(await channel.unary(reserve, request, { deadlineMs: 5000 }));
});

t.test("a peer that accepts and says nothing is given up, and tried anew", async (t) => {
  const fixture = await startServer(t);
  const peer = new SilentPeer(fixture.port, true);
  const channel = newChannel(t, await peer.start(), { connectTimeoutMs: 20 });
  t.teardown(() => peer.stop());
  await t.rejects(
    channel.unary(reserve, request, { deadlineMs: 100 }),
    storeErrorPattern("LEADER_UNREACHABLE", {
      row: { outcome: "NOT_COMMITTED" },
    }),
  );
  peer.silent = false;
  t.ok(await channel.unary(reserve, request, { deadlineMs: 10_000 }), "the stuck attempt was replaced");
});

t.test("a young attempt is left alone, its owner can still rebuild", async (t) => {
  const fixture = await startServer(t);
  const peer = new SilentPeer(fixture.port, true);
  const channel = newChannel(t, await peer.start(), { connectTimeoutMs: 60_000 });
  t.teardown(() => peer.stop());
  await t.rejects(channel.unary(reserve, request, { deadlineMs: 50 }));
  peer.silent = false;
  await t.rejects(
    channel.unary(reserve, request, { deadlineMs: 50 }),
    storeErrorPattern("LEADER_UNREACHABLE"),
  );
  channel.rebuild();
  t.ok(await channel.unary(reserve, request, { deadlineMs: 10_000 }));
});

t.test("a peer that freezes ends the calls and streams on its connection", async (t) => {
  const fixture = await startServer(t);
  const peer = new SilentPeer(fixture.port, false);
  const channel = newChannel(t, await peer.start(), { keepaliveMs: 50, keepaliveTimeoutMs: 50 });
  t.teardown(() => peer.stop());
  t.ok(await channel.unary(reserve, request, { deadlineMs: 5000 }));
  const closed = Promise.withResolvers<unknown>();
  const stream = channel.bidi(reserveStream, { onMessage() {}, onClose: closed.resolve });
  stream.write(create(ReserveStreamRequestSchema, { batchId: 1n }));
  peer.freeze();
  await t.rejects(
    channel.unary(reserve, request, { deadlineMs: 60_000 }),
    storeErrorPattern("COMMIT_OUTCOME_UNKNOWN", {
      metadata: { grpcCode: "UNAVAILABLE" },
    }),
  );
  t.match(await closed.promise, { reason: "COMMIT_OUTCOME_UNKNOWN" });
});

t.test("two channels to one address do not share a connection", async (t) => {
  const fixture = await startServer(t);
  const first = newChannel(t, fixture.address);
  const second = newChannel(t, fixture.address);
  t.equal(await first.ready(5000), true);
  t.equal(second.isReady(), false);
  t.equal(await second.ready(5000), true);
});

t.test("a closed channel refuses", async (t) => {
  const fixture = await startServer(t);
  const channel = new RpcChannel(fixture.address);
  t.ok(await channel.unary(reserve, request, { deadlineMs: 5000 }));
  channel.close();
  await t.rejects(
    channel.unary(reserve, request, { deadlineMs: 5000 }),
    storeErrorPattern("LEADER_UNREACHABLE"),
  );
  t.throws(
    () => channel.bidi(reserveStream, { onMessage() {}, onClose() {} }),
    storeErrorPattern("LEADER_UNREACHABLE"),
  );
  channel.rebuild();
  t.equal(channel.isReady(), false);
  t.equal(await channel.ready(5000), false);
});
