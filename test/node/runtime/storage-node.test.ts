import t from "tap";
import { create } from "@bufbuild/protobuf";
import { ClusterMap } from "../../../node/runtime/cluster-map.ts";
import { ShardHosts } from "../../../node/runtime/shard-hosts.ts";
import { StorageNode } from "../../../node/runtime/storage-node.ts";
import {
  NodeInfoSchema,
  ShardConfigSchema,
  ShardMapSchema,
  WatchShardMapResponseSchema,
} from "../../../proto/gen/harborpoint/metadata/v1/metadata_pb.ts";
import { HostedShard } from "../../support/node/hosted-shard.ts";
import { SHARD_ID } from "../../support/shard/frame-author.ts";

const config = (generation: number, more: { replicas?: string[] } = {}) =>
  create(ShardConfigSchema, {
    shardId: SHARD_ID,
    generation: BigInt(generation),
    incarnation: "01010101-0101-4101-8101-010101010101",
    leader: "b",
    ackSet: ["a", "b"],
    remote: "c",
    replicas: ["a", "b", "c"],
    startLsn: 1n,
    operationId: `op-${generation}`,
    ...more,
  });

/** A node whose only shard opens when the test says so. */
function node() {
  const shard = new HostedShard();
  const hosts = new ShardHosts();
  const map = new ClusterMap("madrid");
  const opening = Promise.withResolvers<void>();
  const opened: number[] = [];
  const beats: string[] = [];
  const state = { problem: undefined as string | undefined, checks: 0 };
  const storageNode = new StorageNode({
    nodeId: "a",
    map,
    hosts,
    opener: {
      open: async (shardId) => {
        opened.push(shardId);
        await opening.promise;
        return state.problem === undefined ? shard.host : { problem: state.problem };
      },
    },
    hostEnvironment: shard.environment,
    followers: { beat: () => void beats.push("followers"), close: () => void beats.push("followers closed") },
    leaders: { beat: () => void beats.push("leaders"), close: () => void beats.push("leaders closed") },
    disk: { check: async () => void state.checks++, verdict: "ok" },
    timers: shard.time,
    log: shard.log,
  });
  return { shard, hosts, map, opening, opened, beats, state, storageNode };
}

t.test("a shard placed here is opened once and gets the newest configuration", async (t) => {
  const { shard, hosts, opening, opened, storageNode } = node();
  const taken = storageNode.open(create(ShardMapSchema, { shards: [config(1)] }));
  const later = storageNode.takeConfigs([config(2)]);
  t.equal(hosts.get(SHARD_ID), undefined);
  opening.resolve();
  await Promise.all([taken, later]);
  t.same(opened, [SHARD_ID]);
  t.equal(shard.host.status().configuration?.generation, 2);
  t.same(shard.following.at(-1), [SHARD_ID, "b"]);
  await storageNode.takeConfigs([config(1)]);
  t.equal(shard.host.status().configuration?.generation, 2, "an older configuration changes nothing");
});

t.test("a shard that lives elsewhere is left alone", async (t) => {
  const { opened, storageNode } = node();
  await storageNode.takeConfigs([config(1, { replicas: ["b", "c"] })]);
  t.same(opened, []);
});

t.test("a shard that cannot be served is remembered and not opened again", async (t) => {
  const { hosts, opening, opened, state, storageNode } = node();
  state.problem = "wal-corrupt: damaged";
  opening.resolve();
  await storageNode.takeConfigs([config(1)]);
  t.equal(hosts.problemOf(SHARD_ID), "wal-corrupt: damaged");
  await storageNode.takeConfigs([config(2)]);
  t.same(opened, [SHARD_ID]);
});

t.test("the watch brings nodes and shards", async (t) => {
  const { map, opening, opened, storageNode } = node();
  opening.resolve();
  const nodes = [create(NodeInfoSchema, { nodeId: "b", region: "madrid", address: "b:1" })];
  await storageNode.takeNews(create(WatchShardMapResponseSchema, { full: { shards: [config(1)], nodes } }));
  await storageNode.takeNews(create(WatchShardMapResponseSchema));
  t.equal(map.addressOf("b"), "b:1");
  t.same(opened, [SHARD_ID]);
  const changedNodes = [create(NodeInfoSchema, { nodeId: "b", region: "madrid", address: "b:2" })];
  await storageNode.takeNews(
    create(WatchShardMapResponseSchema, { changedNodes, changedShards: [config(2)] }),
  );
  t.equal(map.addressOf("b"), "b:2");
});

t.test("the heartbeats say how the shards do", async (t) => {
  const { shard, hosts, storageNode } = node();
  await shard.lead();
  hosts.add(shard.host);
  t.match(storageNode.heartbeats(), [
    {
      shardId: SHARD_ID,
      generation: 1n,
      promisedGeneration: 1n,
      established: true,
      hasAuthority: true,
      committedLsn: 1n,
    },
  ]);
});

t.test("the clockwork runs until the node stops", async (t) => {
  const { shard, beats, state, storageNode } = node();
  storageNode.start();
  shard.time.advance(1_000);
  t.equal(beats.filter((beat) => beat === "followers").length, 4);
  t.equal(beats.filter((beat) => beat === "leaders").length, 10);
  t.equal(state.checks, 1);
  await storageNode.stop();
  beats.length = 0;
  shard.time.advance(1_000);
  t.same(beats, []);
  t.equal(shard.time.plannedCount, 0);
});

t.test("a node drains until its batches are answered", async (t) => {
  const { shard, hosts, storageNode } = node();
  const peer = await shard.lead();
  hosts.add(shard.host);
  const replies = shard.submit([]);
  t.equal(replies.length, 1, "an empty batch is answered at once");
  let isDrained = false;
  const drained = storageNode.drain().then(() => {
    isDrained = true;
  });
  await shard.settle(peer);
  await drained;
  t.ok(isDrained);
});

t.test("a full disk is told to every shard", async (t) => {
  const { shard, hosts, storageNode } = node();
  await shard.lead();
  hosts.add(shard.host);
  storageNode.onDiskVerdict(true);
  t.equal(shard.host.status().refusal, 17, "STORAGE_FULL");
  storageNode.onDiskVerdict(false);
  t.equal(shard.host.status().refusal, 0);
});
