import { create } from "@bufbuild/protobuf";
import t from "tap";
import type { ServerStream } from "../../../common/rpc/handlers.ts";
import { Liveness } from "../../../metadata/model/liveness.ts";
import type { Announcement } from "../../../metadata/model/requests.ts";
import { ShardMapFeed } from "../../../metadata/rpc/shard-map-feed.ts";
import {
  MetadataService,
  type ShardMap,
  ShardMapSchema,
  WatchShardMapRequestSchema,
  type WatchShardMapResponse,
} from "../../../proto/gen/harborpoint/metadata/v1/metadata_pb.ts";
import { EngineHarness, node, uuid } from "../fixtures.ts";
import { RunningMetadata } from "../running.ts";

/** A stream that takes messages as long as the test lets it. */
class FakeStream {
  readonly written: WatchShardMapResponse[] = [];
  readonly #abort = new AbortController();
  #room = Number.POSITIVE_INFINITY;
  #waiting: (() => void) | undefined;
  endedWith: unknown;

  get stream(): ServerStream<WatchShardMapResponse> {
    return {
      context: { remainingMs: () => 0, peer: "", header: () => undefined, signal: this.#abort.signal },
      closed: this.#abort.signal.aborted,
      outstandingBytes: 0,
      write: (message) => {
        this.written.push(message);
        return --this.#room > 0;
      },
      drained: () => new Promise((resolve) => (this.#waiting = resolve)),
      end: (error) => {
        this.endedWith = error;
        this.#abort.abort();
      },
      pause: () => {},
      resume: () => {},
    };
  }

  /** The reader takes only so many more messages. */
  stall(messages: number): void {
    this.#room = messages;
  }

  /** The reader takes everything again. */
  async resume(): Promise<void> {
    this.#room = Number.POSITIVE_INFINITY;
    this.#waiting?.();
    await new Promise(setImmediate);
  }

  close(): void {
    this.#abort.abort();
  }
}

/** A feed on a clock that the test moves. */
function testFeed() {
  const clock = { nowMs: 0, monotonicMs: () => clock.nowMs, wallMs: () => 0 };
  const feed = new ShardMapFeed(clock, new Liveness(0, 3000));
  const full: ShardMap = create(ShardMapSchema, { clusterId: "c" });
  return { clock, feed, watch: (fake: FakeStream) => feed.watch(full, fake.stream) };
}

/** Generation n of shard 0. */
function published(generation: number): Announcement {
  const harness = new EngineHarness().bootstrap();
  const { config } = harness.proposal(0, { generation });
  return { shards: [{ config, publishTimeMs: 1, establishTimeMs: undefined }], nodes: [] };
}

t.test("a watcher gets the full map, then changes, then heartbeats", async (t) => {
  const { feed, watch } = testFeed();
  const fake = new FakeStream();
  const over = watch(fake);
  t.equal(feed.watcherCount, 1);
  feed.announce(published(2));
  feed.announce({ shards: [], nodes: [node("madrid", 1)] });
  feed.announce({ shards: [], nodes: [] });
  feed.heartbeat();
  t.match(fake.written, [
    { full: { clusterId: "c" } },
    { full: undefined, changedShards: [{ generation: 2n }] },
    { changedNodes: [{ nodeId: "madrid-1" }] },
    { full: undefined, changedShards: [], changedNodes: [] },
  ]);
  t.equal(fake.written.length, 4);
  fake.close();
  await over;
  t.equal(feed.watcherCount, 0);
});

t.test("what a slow watcher missed is merged to the newest, and sent when it reads again", async (t) => {
  const { feed, watch } = testFeed();
  const fake = new FakeStream();
  const over = watch(fake);
  fake.stall(1);
  for (let generation = 2; generation < 100; generation++) feed.announce(published(generation));
  feed.announce({ shards: [], nodes: [node("madrid", 1)] });
  feed.heartbeat();
  t.equal(fake.written.length, 2, "nothing is written to a stream that does not drain");
  await fake.resume();
  t.equal(fake.written.length, 3);
  t.match(fake.written[2], { changedShards: [{ generation: 99n }], changedNodes: [{ nodeId: "madrid-1" }] });
  t.equal(fake.written[2].changedShards.length, 1);
  feed.announce(published(100));
  t.equal(fake.written.length, 4, "and then as usual");
  fake.close();
  await over;
});

t.test("one slow watcher holds up nobody else", async (t) => {
  const { feed, watch } = testFeed();
  const [slow, quick] = [new FakeStream(), new FakeStream()];
  const overs = [watch(slow), watch(quick)];
  slow.stall(1);
  for (const generation of [2, 3, 4]) feed.announce(published(generation));
  t.equal(slow.written.length, 2);
  t.equal(quick.written.length, 4);
  slow.close();
  quick.close();
  await Promise.all(overs);
});

t.test("a watcher that never reads is given up", async (t) => {
  const { clock, feed, watch } = testFeed();
  const fake = new FakeStream();
  fake.stall(1);
  const over = watch(fake);
  clock.nowMs = 10_000;
  feed.heartbeat();
  t.equal(feed.watcherCount, 1);
  clock.nowMs = 10_001;
  feed.heartbeat();
  await over;
  t.match(fake.endedWith, { reason: "OVERLOADED" });
  t.equal(feed.watcherCount, 0);
});

t.test("a stream that is over before it began leaves nothing behind", async (t) => {
  const { feed, watch } = testFeed();
  const fake = new FakeStream();
  fake.close();
  await watch(fake);
  t.equal(feed.watcherCount, 0);
});

t.test("the number of watchers is bounded", async (t) => {
  const { feed, watch } = testFeed();
  const fakes = Array.from({ length: 4096 }, () => new FakeStream());
  const overs = fakes.map(watch);
  await t.rejects(watch(new FakeStream()), { name: "StoreError", reason: "OVERLOADED" });
  for (const fake of fakes) fake.close();
  await Promise.all(overs);
  t.equal(feed.watcherCount, 0);
});

t.test("over the network: the map, a registration, heartbeats, and a clean end", async (t) => {
  const metadata = await new RunningMetadata(t).start();
  const received: WatchShardMapResponse[] = [];
  const heartbeats = Promise.withResolvers<void>();
  const closed = Promise.withResolvers<unknown>();
  const request = create(WatchShardMapRequestSchema, { watcherId: "router-madrid" });
  metadata.channel.serverStream(MetadataService.method.watchShardMap, request, {
    onMessage: (message) => {
      received.push(message);
      const isEmpty = message.full === undefined && message.changedNodes.length === 0;
      if (isEmpty && message.changedShards.length === 0) heartbeats.resolve();
    },
    onClose: (error) => closed.resolve(error),
  });
  await heartbeats.promise;
  t.match(received[0], { full: { nodes: [], shards: [] } });
  await metadata.register(0, { bootId: uuid(1) });
  await metadata.bootstrap();
  await metadata.stop();
  t.match(await closed.promise, { reason: "SHUTTING_DOWN" });
  const nodes = received.flatMap(({ changedNodes }) => changedNodes.map(({ nodeId }) => nodeId));
  t.strictSame(nodes, ["madrid-1", "madrid-2", "new-york-1", "new-york-2"]);
  const shards = received.flatMap(({ changedShards }) => changedShards.map(({ shardId }) => shardId));
  t.strictSame(shards, [0, 1]);
});
