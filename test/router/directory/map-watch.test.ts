import { create } from "@bufbuild/protobuf";
import t from "tap";
import { Backoff } from "../../../common/backoff.ts";
import { seededRandom } from "../../../common/random.ts";
import { RpcChannel } from "../../../common/rpc/channel.ts";
import type { ServerStream } from "../../../common/rpc/handlers.ts";
import {
  GetShardMapResponseSchema,
  MetadataService,
  type WatchShardMapResponse,
  WatchShardMapResponseSchema,
} from "../../../proto/gen/harborpoint/metadata/v1/metadata_pb.ts";
import { MapWatch } from "../../../router/directory/map-watch.ts";
import { ShardDirectory } from "../../../router/directory/shard-directory.ts";
import { RecordingLog } from "../../support/recording-log.ts";
import { TestRpcServer } from "../../support/rpc-server.ts";

/** A watch against a server whose streams the test holds; its clock stands until it is moved. */
async function start(t: { teardown(callback: () => unknown): void }) {
  const streams: ServerStream<WatchShardMapResponse>[] = [];
  let fetches = 0;
  const fetched = Promise.withResolvers<void>();
  const server = await new TestRpcServer()
    .serving(MetadataService, {
      watchShardMap: (_request, stream) => {
        streams.push(stream);
        return new Promise((resolve) => stream.context.signal.addEventListener("abort", () => resolve()));
      },
      getShardMap: async () => {
        fetches++;
        await fetched.promise;
        return create(GetShardMapResponseSchema, { shardMap: { shards: [{ shardId: 7, generation: 3n }] } });
      },
    })
    .start();
  const time = { nowMs: 1000 };
  const clock = { monotonicMs: () => time.nowMs, wallMs: () => 0 };
  const log = new RecordingLog();
  const directory = new ShardDirectory("madrid", log);
  const channel = new RpcChannel(server.address, { unreachableReason: "METADATA_UNAVAILABLE" });
  const backoff = new Backoff({ minMs: 100, maxMs: 1000 }, seededRandom(1));
  const watch = new MapWatch({ watcherId: "r", channel, directory, clock, log, backoff });
  t.teardown(async () => {
    watch.close();
    channel.close();
    await server.server.stop(0);
  });
  const until = async (condition: () => boolean): Promise<void> => {
    while (!condition()) await new Promise((resolve) => setTimeout(resolve, 2));
  };
  return { streams, time, log, directory, watch, until, fetched, fetches: () => fetches };
}

const changed = (shardId: number, generation: bigint) =>
  create(WatchShardMapResponseSchema, { changedShards: [{ shardId, generation }] });

t.test("the whole map first, then changes", async (t) => {
  const { streams, time, directory, watch, until } = await start(t);
  watch.tick(time.nowMs);
  await until(() => streams.length === 1);
  const full = { clusterId: "c", shards: [{ shardId: 1, generation: 1n }], nodes: [{ nodeId: "n1" }] };
  streams[0].write(create(WatchShardMapResponseSchema, { full }));
  await until(() => directory.known);
  t.ok(directory.node("n1"));
  streams[0].write(changed(1, 2n));
  await until(() => directory.shard(1)?.generation === 2);
});

t.test("a stream that broke is opened again after a pause", async (t) => {
  const { streams, time, log, watch, until } = await start(t);
  watch.tick(time.nowMs);
  await until(() => streams.length === 1);
  streams[0].end();
  await until(() => log.events.includes("shard_map_watch_lost"));
  watch.tick(time.nowMs + 10);
  await new Promise(setImmediate);
  t.equal(streams.length, 1);
  watch.tick(time.nowMs + 100);
  await until(() => streams.length === 2);
});

t.test("a metadata service that falls silent is dialled anew; heartbeats are no silence", async (t) => {
  const { streams, time, log, watch, until } = await start(t);
  watch.tick(time.nowMs);
  await until(() => streams.length === 1);
  time.nowMs += 2_900;
  streams[0].write(create(WatchShardMapResponseSchema));
  await until(() => watch.silenceMs === 0);
  time.nowMs += 2_900;
  watch.tick(time.nowMs);
  t.notOk(log.events.includes("metadata_silent"));
  time.nowMs += 200;
  watch.tick(time.nowMs);
  t.ok(log.events.includes("metadata_silent"));
  await until(() => log.events.includes("shard_map_watch_lost"));
  time.nowMs += 1_000;
  watch.tick(time.nowMs);
  await until(() => streams.length === 2);
});

t.test("many who ask for the map share one question", async (t) => {
  const { directory, watch, until, fetched, fetches, time } = await start(t);
  for (let i = 0; i < 5; i++) watch.refresh();
  await until(() => fetches() === 1);
  time.nowMs += 1_000;
  watch.refresh();
  fetched.resolve();
  await until(() => directory.known);
  t.equal(fetches(), 1);
  t.equal(directory.shard(7)?.generation, 3);
});
