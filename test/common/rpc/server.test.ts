import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import t, { type Test } from "tap";
import { InvariantViolation } from "../../../common/assert.ts";
import { StoreError } from "../../../common/errors/store-error.ts";
import { RpcChannel } from "../../../common/rpc/channel.ts";
import type { CallContext } from "../../../common/rpc/call-context.ts";
import type { ServerStream, ServiceHandlers } from "../../../common/rpc/handlers.ts";
import type { RpcServerOptions } from "../../../common/rpc/server.ts";
import {
  MetadataService,
  WatchShardMapRequestSchema,
  type WatchShardMapResponse,
  WatchShardMapResponseSchema,
} from "../../../proto/gen/harborpoint/metadata/v1/metadata_pb.ts";
import {
  GetExposureRequestSchema,
  ReservationService,
  ReserveRequestSchema,
  ReserveResponseSchema,
  ReserveStreamRequestSchema,
  type ReserveStreamResponse,
  ReserveStreamResponseSchema,
} from "../../../proto/gen/harborpoint/reservation/v1/reservation_pb.ts";
import { TestRpcServer } from "../../support/rpc-server.ts";
import { storeErrorPattern } from "../../support/store-error-pattern.ts";

const { reserve, reserveStream, getExposure } = ReservationService.method;
const { watchShardMap } = MetadataService.method;

/** A server with these handlers and a channel to it; both end with the test. */
async function startPair(
  t: Test,
  handlers: ServiceHandlers<typeof ReservationService>,
  metadataHandlers: ServiceHandlers<typeof MetadataService> = {},
  options: RpcServerOptions = {},
) {
  const fixture = new TestRpcServer(options).serving(ReservationService, handlers);
  await fixture.serving(MetadataService, metadataHandlers).start();
  const channel = new RpcChannel(fixture.address);
  t.teardown(async () => {
    channel.close();
    await fixture.server.stop(100);
  });
  return { fixture, channel };
}

const asking = (issuerId: string) => create(ReserveRequestSchema, { issuerId });
const answering = (reservationId: string) => create(ReserveResponseSchema, { outcome: { reservationId } });
const batch = (batchId: bigint) => create(ReserveStreamRequestSchema, { batchId });
const batchAnswer = (batchId: bigint) => create(ReserveStreamResponseSchema, { batchId });

/** What a stream delivered, and how it ended. */
function collecting<T>() {
  const messages: T[] = [];
  const closed = Promise.withResolvers<StoreError | undefined>();
  let closes = 0;
  const receiver = {
    onMessage: (message: T) => void messages.push(message),
    onClose: (error: StoreError | undefined) => {
      closes += 1;
      closed.resolve(error);
    },
  };
  return { messages, closed: closed.promise, receiver, closes: () => closes };
}

t.test("a call is answered and reported", async (t) => {
  const { fixture, channel } = await startPair(t, { reserve: async ({ issuerId }) => answering(issuerId) });
  const response = await channel.unary(reserve, asking("MUNI-77"), { deadlineMs: 5000 });
  t.equal(response.outcome?.reservationId, "MUNI-77");
  t.match(fixture.handled, [{ method: "Reserve", code: "OK" }]);
  t.ok((fixture.handled[0]?.seconds ?? -1) >= 0);
});

t.test("a handler knows its caller's patience, headers and address", async (t) => {
  let context: CallContext | undefined;
  const { channel } = await startPair(t, {
    reserve: async (_request, callContext) => {
      context = callContext;
      t.equal(callContext.signal.aborted, false);
      t.match(callContext.peer, /^127\.0\.0\.1:\d+$/);
      t.ok(callContext.remainingMs() > 0 && callContext.remainingMs() <= 5000);
      return answering("");
    },
  });
  await channel.unary(reserve, asking(""), { deadlineMs: 5000, metadata: { traceparent: "00-ab" } });
  t.equal(context?.header("traceparent"), "00-ab");
  t.equal(context?.header("absent"), undefined);
  t.equal(context?.signal.aborted, true, "the signal fires when the call is over");
});

t.test("a refusal arrives with its reason, field, facts and wait", async (t) => {
  const refusal = new StoreError("RPO_GATE_CLOSED", {
    message: "remote 5100 ms behind",
    metadata: { remoteLagMs: "5100" },
    retryAfterMs: 750,
  });
  const { fixture, channel } = await startPair(t, { reserve: () => Promise.reject(refusal) });
  await t.rejects(
    channel.unary(reserve, asking(""), { deadlineMs: 5000 }),
    storeErrorPattern("RPO_GATE_CLOSED", {
      message: "remote 5100 ms behind",
      metadata: { remoteLagMs: "5100" },
      retryAfterMs: 750,
    }),
  );
  t.match(fixture.handled, [{ code: "UNAVAILABLE" }]);
  t.same(fixture.log.events, [], "a refusal is no event of the server");
});

t.test("an unexpected throw is logged here and unknown to the caller", async (t) => {
  const { fixture, channel } = await startPair(t, { reserve: () => Promise.reject(new Error("secret")) });
  await t.rejects(
    channel.unary(reserve, asking(""), { deadlineMs: 5000 }),
    storeErrorPattern("COMMIT_OUTCOME_UNKNOWN", {
      message: "INTERNAL: internal error",
    }),
  );
  t.match(fixture.log.lines, [
    {
      event: "rpc_handler_failed",
      fields: {
        method: "harborpoint.reservation.v1.ReservationService/Reserve",
        error: { message: "secret" },
      },
    },
  ]);
});

t.test("a broken invariant reaches the process and not only the caller", async (t) => {
  const uncaught = Promise.withResolvers<unknown>();
  const previous = process.listeners("uncaughtException");
  process.removeAllListeners("uncaughtException");
  process.once("uncaughtException", uncaught.resolve);
  t.teardown(() => {
    for (const listener of previous) process.on("uncaughtException", listener);
  });
  const { channel } = await startPair(t, {
    reserve: () => Promise.reject(new InvariantViolation("lsn went back")),
  });
  await t.rejects(channel.unary(reserve, asking(""), { deadlineMs: 5000 }));
  t.match(await uncaught.promise, { name: "InvariantViolation", message: "lsn went back" });
});

t.test("a method without a handler and a message that is none are refused", async (t) => {
  const { fixture, channel } = await startPair(t, {
    reserve: async () => answering(""),
    reserveStream: () => ({ onMessage() {}, onEnd() {}, onClose() {} }),
  });
  await t.rejects(
    channel.unary(getExposure, create(GetExposureRequestSchema), {
      deadlineMs: 5000,
      foreignReason: "NOT_LEADER",
    }),
    storeErrorPattern("NOT_LEADER", { metadata: { grpcCode: "UNIMPLEMENTED" } }),
  );
  const { closed, receiver } = collecting<ReserveStreamResponse>();
  const garbage = { encode: () => Uint8Array.of(0xff, 0xff), decode: () => batch(0n) };
  const codecs = { request: garbage };
  channel.bidi(reserveStream, receiver, { codecs }).write(batch(1n));
  t.match(await closed, { reason: "INVALID_REQUEST" });
  t.match(fixture.handled.at(-1), { method: "ReserveStream", code: "INVALID_ARGUMENT" });
});

t.test("a call whose caller gives up is aborted and reported as such", async (t) => {
  const aborted: unknown[] = [];
  const { fixture, channel } = await startPair(t, {
    reserve: (request, { signal }) =>
      new Promise((resolve) => {
        signal.addEventListener("abort", () => {
          aborted.push(request.issuerId);
          resolve(answering(""));
        });
      }),
  });
  await t.rejects(
    channel.unary(reserve, asking("late"), { deadlineMs: 50 }),
    storeErrorPattern("COMMIT_OUTCOME_UNKNOWN", {
      metadata: { grpcCode: "DEADLINE_EXCEEDED" },
    }),
  );
  const controller = new AbortController();
  const call = channel.unary(reserve, asking("cancelled"), { deadlineMs: 5000, signal: controller.signal });
  setTimeout(() => controller.abort(), 50);
  await t.rejects(call, storeErrorPattern("COMMIT_OUTCOME_UNKNOWN", { metadata: { grpcCode: "CANCELLED" } }));
  await t.rejects(
    channel.unary(reserve, asking("never"), { deadlineMs: 5000, signal: AbortSignal.abort() }),
    storeErrorPattern("COMMIT_OUTCOME_UNKNOWN", { metadata: { grpcCode: "CANCELLED" } }),
  );
  await fixture.server.stop(1000);
  t.same(
    aborted.filter((issuerId) => issuerId !== "never"),
    ["late", "cancelled"],
  );
  t.match(fixture.handled.slice(0, 2), [{ code: "DEADLINE_EXCEEDED" }, { code: "CANCELLED" }]);
});

t.test("a stream in both directions carries many messages in order and ends well", async (t) => {
  let closes = 0;
  const { fixture, channel } = await startPair(t, {
    reserveStream: (stream) => ({
      onMessage: ({ batchId }) => void stream.write(batchAnswer(batchId)),
      onEnd: () => stream.end(),
      onClose: () => {
        closes += 1;
      },
    }),
  });
  const { messages, closed, receiver } = collecting<ReserveStreamResponse>();
  const stream = channel.bidi(reserveStream, receiver);
  for (let i = 0n; i < 500n; i++) stream.write(batch(i));
  stream.end();
  t.equal(await closed, undefined);
  t.same(
    messages.map(({ batchId }) => batchId),
    Array.from({ length: 500 }, (_, i) => BigInt(i)),
  );
  t.equal(stream.closed, true);
  t.equal(stream.write(batch(1n)), false, "nothing is taken after the end");
  t.equal(closes, 1);
  t.match(fixture.handled, [{ method: "ReserveStream", code: "OK" }]);
});

t.test("a stream that a receiver or a handler fails ends with the reason", async (t) => {
  const { channel } = await startPair(t, {
    reserveStream: ({ context }) => {
      if (context.header("refuse") === "at-once") throw new StoreError("NOT_LEADER");
      return {
        onMessage: () => {
          throw new StoreError("OVERLOADED", { retryAfterMs: 9 });
        },
        onEnd: () => {
          throw new StoreError("SHARD_FROZEN");
        },
        onClose: () => {},
      };
    },
  });
  const refused = collecting<ReserveStreamResponse>();
  channel.bidi(reserveStream, refused.receiver, { metadata: { refuse: "at-once" } });
  t.match(await refused.closed, { reason: "NOT_LEADER" });
  const onMessage = collecting<ReserveStreamResponse>();
  channel.bidi(reserveStream, onMessage.receiver).write(batch(1n));
  t.match(await onMessage.closed, { reason: "OVERLOADED", retryAfterMs: 9 });
  const onEnd = collecting<ReserveStreamResponse>();
  channel.bidi(reserveStream, onEnd.receiver).end();
  t.match(await onEnd.closed, { reason: "SHARD_FROZEN" });
});

t.test("a stream that the client gives up is closed on both sides", async (t) => {
  const serverClosed = Promise.withResolvers<void>();
  const { fixture, channel } = await startPair(t, {
    reserveStream: (stream) => ({
      onMessage: () => void stream.write(batchAnswer(1n)),
      onEnd: () => t.fail("the client did not end, it left"),
      onClose: () => serverClosed.resolve(),
    }),
  });
  const { closed, receiver, closes } = collecting<ReserveStreamResponse>();
  const stream = channel.bidi(reserveStream, { ...receiver, onMessage: () => stream.cancel() });
  stream.write(batch(1n));
  t.match(await closed, { metadata: { grpcCode: "CANCELLED" } });
  await serverClosed.promise;
  t.equal(closes(), 1);
  t.match(fixture.handled, [{ code: "CANCELLED" }]);
});

t.test("hand-written codecs replace the protobuf ones on both sides", async (t) => {
  const seen: string[] = [];
  const request = {
    encode: (message: Parameters<typeof toBinary<typeof ReserveStreamRequestSchema>>[1]) => {
      seen.push("encode");
      return toBinary(ReserveStreamRequestSchema, message);
    },
    decode: (bytes: Uint8Array) => {
      seen.push(bytes.constructor.name);
      return fromBinary(ReserveStreamRequestSchema, bytes);
    },
  };
  const fixture = await new TestRpcServer()
    .serving(
      ReservationService,
      {
        reserveStream: (stream) => ({
          onMessage: ({ batchId }) => void stream.write(batchAnswer(batchId)),
          onEnd: () => stream.end(),
          onClose: () => {},
        }),
      },
      { reserveStream: { request } },
    )
    .start();
  const channel = new RpcChannel(fixture.address);
  t.teardown(() => fixture.server.stop(100));
  t.teardown(() => channel.close());
  const { messages, closed, receiver } = collecting<ReserveStreamResponse>();
  const stream = channel.bidi(reserveStream, receiver, { codecs: { request } });
  stream.write(batch(7n));
  stream.end();
  await closed;
  t.equal(messages[0]?.batchId, 7n);
  t.same(seen, ["encode", "Uint8Array"], "decoders see plain arrays, whose slices are copies");
});

t.test("a server stream ends when its handler does", async (t) => {
  const { channel } = await startPair(
    t,
    {},
    {
      watchShardMap: async ({ watcherId }, stream) => {
        for (let i = 0; i < 3; i++) {
          stream.write(
            create(WatchShardMapResponseSchema, { changedNodes: [{ nodeId: `${watcherId}-${i}` }] }),
          );
          await stream.drained();
        }
        if (watcherId === "unlucky") throw new StoreError("METADATA_UNAVAILABLE");
      },
    },
  );
  const lucky = collecting<WatchShardMapResponse>();
  channel.serverStream(watchShardMap, create(WatchShardMapRequestSchema, { watcherId: "r" }), lucky.receiver);
  t.equal(await lucky.closed, undefined);
  t.same(
    lucky.messages.map((message) => message.changedNodes[0]?.nodeId),
    ["r-0", "r-1", "r-2"],
  );
  const unlucky = collecting<WatchShardMapResponse>();
  const request = create(WatchShardMapRequestSchema, { watcherId: "unlucky" });
  channel.serverStream(watchShardMap, request, unlucky.receiver);
  t.match(await unlucky.closed, { reason: "METADATA_UNAVAILABLE" });
  t.equal(unlucky.messages.length, 3, "what was written before the failure arrives");
});

/** Sends 200 messages of 50 kB, as fast as the receiver takes them; reports that it once had to wait. */
async function sendPaced(stream: ServerStream<ReserveStreamResponse>, onHeldUp: () => void): Promise<void> {
  for (let batchId = 0n; batchId < 200n; batchId++) {
    const encoding = { case: "packed" as const, value: { rows: new Uint8Array(50_000) } };
    if (stream.write(create(ReserveStreamResponseSchema, { batchId, encoding }))) continue;
    if (stream.outstandingBytes > 100_000) onHeldUp();
    await stream.drained();
  }
  stream.end();
}

t.test("a paused receiver holds the sender up, and nothing is lost", async (t) => {
  const sinkLimits = { pauseAboveBytes: 100_000, failAboveBytes: 100_000_000 };
  const heldUp = Promise.withResolvers<void>();
  const { channel } = await startPair(
    t,
    {
      reserveStream: (stream) => ({
        onMessage: () => void sendPaced(stream, heldUp.resolve),
        onEnd: () => {},
        onClose: () => {},
      }),
    },
    {},
    { sinkLimits },
  );
  const { messages, closed, receiver } = collecting<ReserveStreamResponse>();
  const narrow = new RpcChannel(channel.address, { receiveWindowBytes: 65_535 });
  t.teardown(() => narrow.close());
  const stream = narrow.bidi(reserveStream, receiver);
  stream.write(batch(0n));
  stream.pause();
  await heldUp.promise;
  t.ok(messages.length < 200);
  stream.resume();
  t.equal(await closed, undefined);
  t.equal(messages.length, 200);
});

t.test("a producer that ignores a slow receiver is cut off", async (t) => {
  const sinkLimits = { pauseAboveBytes: 10_000, failAboveBytes: 1_000_000 };
  const flood = create(ReserveStreamResponseSchema, {
    encoding: { case: "packed", value: { rows: new Uint8Array(50_000) } },
  });
  const closedOnServer = Promise.withResolvers<number>();
  const { fixture, channel } = await startPair(
    t,
    {
      reserveStream: (stream) => {
        let written = 0;
        return {
          onMessage: () => {
            while (!stream.closed) {
              stream.write(flood);
              written += 1;
            }
          },
          onEnd: () => {},
          onClose: () => closedOnServer.resolve(written),
        };
      },
    },
    {},
    { sinkLimits },
  );
  const { receiver } = collecting<ReserveStreamResponse>();
  const stream = channel.bidi(reserveStream, receiver);
  stream.write(batch(0n));
  stream.pause();
  const written = await closedOnServer.promise;
  t.ok(written <= 22, `${written} messages of 50 kB for a bound of 1 MB`);
  t.match(fixture.handled, [{ code: "RESOURCE_EXHAUSTED" }]);
  stream.cancel();
});

t.test("messages beyond the limit are refused, the neighbours are unharmed", async (t) => {
  const { channel } = await startPair(
    t,
    { reserve: async () => answering("") },
    {},
    { messageBytesMax: 1000 },
  );
  await t.rejects(
    channel.unary(reserve, asking("x".repeat(2000)), { deadlineMs: 5000 }),
    storeErrorPattern("COMMIT_OUTCOME_UNKNOWN", {
      metadata: { grpcCode: "RESOURCE_EXHAUSTED" },
    }),
  );
  t.ok(await channel.unary(reserve, asking("x"), { deadlineMs: 5000 }));
});

t.test("a stop lets calls finish, ends streams and refuses what comes later", async (t) => {
  const release = Promise.withResolvers<void>();
  const started = Promise.withResolvers<void>();
  const { fixture, channel } = await startPair(t, {
    reserve: async () => {
      started.resolve();
      await release.promise;
      return answering("in time");
    },
    reserveStream: (stream) => ({
      onMessage: ({ batchId }) => void stream.write(batchAnswer(batchId)),
      onEnd: () => {},
      onClose: () => {},
    }),
  });
  const call = channel.unary(reserve, asking(""), { deadlineMs: 5000 });
  await started.promise;
  const opened = Promise.withResolvers<void>();
  const { closed, receiver } = collecting<ReserveStreamResponse>();
  channel.bidi(reserveStream, { ...receiver, onMessage: () => opened.resolve() }).write(batch(1n));
  await opened.promise;
  const stopped = fixture.server.stop(5000);
  t.match(await closed, { reason: "SHUTTING_DOWN" });
  release.resolve();
  t.equal((await call).outcome?.reservationId, "in time");
  await stopped;
  await t.rejects(
    channel.unary(reserve, asking(""), { deadlineMs: 5000 }),
    storeErrorPattern("LEADER_UNREACHABLE"),
  );
});

t.test("a stop does not wait longer than it was told to", async (t) => {
  const started = Promise.withResolvers<void>();
  const { fixture, channel } = await startPair(t, {
    reserve: () => {
      started.resolve();
      return new Promise(() => {});
    },
  });
  const call = t.rejects(
    channel.unary(reserve, asking(""), { deadlineMs: 60_000 }),
    storeErrorPattern("COMMIT_OUTCOME_UNKNOWN"),
  );
  await started.promise;
  await fixture.server.stop(50);
  await call;
});

t.test("a port in use is an error at the start", async (t) => {
  const { fixture } = await startPair(t, {});
  await t.rejects(new TestRpcServer().server.start(fixture.address), { message: /cannot listen on 127/ });
});
