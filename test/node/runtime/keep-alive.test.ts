import t from "tap";
import { create } from "@bufbuild/protobuf";
import { StoreError } from "../../../common/errors/store-error.ts";
import { KeepAlive } from "../../../node/runtime/keep-alive.ts";
import {
  type KeepAliveResponse,
  KeepAliveResponseSchema,
  type ShardConfig,
  ShardConfigSchema,
  ShardHeartbeatSchema,
} from "../../../proto/gen/harborpoint/metadata/v1/metadata_pb.ts";
import { ManualTime } from "../../support/manual-time.ts";
import { RecordingLog } from "../../support/recording-log.ts";

/** A metadata service that answers when the test says so. */
function running() {
  const time = new ManualTime();
  const log = new RecordingLog();
  const calls: PromiseWithResolvers<KeepAliveResponse>[] = [];
  const newer: ShardConfig[] = [];
  const leases: unknown[] = [];
  let forgotten = 0;
  const keepAlive = new KeepAlive({
    nodeId: "a",
    bootId: "boot",
    client: {
      keepAlive: () => {
        const call = Promise.withResolvers<KeepAliveResponse>();
        calls.push(call);
        return call.promise;
      },
    },
    timers: time,
    log,
    clock: { monotonicMs: () => 1000, wallMs: () => 0 },
    heartbeats: () => [create(ShardHeartbeatSchema, { shardId: 7, generation: 3n })],
    onLeased: (...lease) => leases.push(lease),
    onNewer: (configs) => newer.push(...configs),
    onForgotten: async () => void forgotten++,
  });
  keepAlive.start();
  const settle = () => new Promise(setImmediate);
  const answer = async (init: { newer?: ShardConfig[]; leasedShardIds?: number[] } = {}): Promise<void> => {
    calls[calls.length - 1].resolve(create(KeepAliveResponseSchema, init));
    await settle();
  };
  const fail = async (error: StoreError): Promise<void> => {
    calls[calls.length - 1].reject(error);
    await settle();
  };
  return { time, log, calls, newer, leases, keepAlive, answer, fail, forgottenCount: () => forgotten };
}

t.test("a lease counts from before the question, for the generation that was told", async (t) => {
  const { leases, answer } = running();
  await answer({ leasedShardIds: [7, 8] });
  t.same(leases, [[7, 3, 4000]]);
});

t.test("a sign of life goes out at once and four times a second", async (t) => {
  const { time, calls, answer } = running();
  t.equal(calls.length, 1);
  await answer();
  time.advance(249);
  t.equal(calls.length, 1);
  time.advance(1);
  t.equal(calls.length, 2);
});

t.test("never two under way; what happens meanwhile is told right after", async (t) => {
  const { time, calls, keepAlive, answer } = running();
  keepAlive.soon();
  keepAlive.soon();
  time.advance(5_000);
  t.equal(calls.length, 1);
  await answer();
  t.equal(calls.length, 2);
  await answer();
  t.equal(calls.length, 2);
});

t.test("newer configurations in the answer are taken", async (t) => {
  const { newer, answer } = running();
  await answer({ newer: [create(ShardConfigSchema, { shardId: 3, generation: 9n })] });
  t.match(newer, [{ shardId: 3, generation: 9n }]);
});

t.test("an outage is logged once, and its end", async (t) => {
  const { time, log, answer, fail } = running();
  await fail(new StoreError("METADATA_UNAVAILABLE"));
  time.advance(1_000);
  await fail(new StoreError("METADATA_UNAVAILABLE"));
  time.advance(1_000);
  await answer();
  t.same(log.events, ["metadata_unreachable", "metadata_reachable"]);
});

t.test("a service that forgot the node is introduced to it again", async (t) => {
  const { fail, forgottenCount } = running();
  await fail(new StoreError("UNAUTHENTICATED"));
  t.equal(forgottenCount(), 1);
});

t.test("a node that leaves says no more", async (t) => {
  const { time, calls, keepAlive, newer, answer } = running();
  keepAlive.stop();
  await answer({ newer: [create(ShardConfigSchema, { shardId: 3 })] });
  time.advance(5_000);
  t.equal(calls.length, 1);
  t.same(newer, []);
});
