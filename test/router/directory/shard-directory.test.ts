import { create } from "@bufbuild/protobuf";
import t from "tap";
import { NodeInfoSchema, ShardConfigSchema } from "../../../proto/gen/harborpoint/metadata/v1/metadata_pb.ts";
import { ShardDirectory } from "../../../router/directory/shard-directory.ts";
import { RecordingLog } from "../../support/recording-log.ts";

const shardOf = (shardId: number, generation: number, leader = "n1") =>
  create(ShardConfigSchema, { shardId, generation: BigInt(generation), leader, replicas: [leader] });
const nodeOf = (nodeId: string, address: string) =>
  create(NodeInfoSchema, {
    nodeId,
    region: "madrid",
    address,
    addressByRegion: { "new-york": `wan-${address}` },
  });

function newDirectory(region = "madrid") {
  const log = new RecordingLog();
  return { log, directory: new ShardDirectory(region, log) };
}

t.test("listeners hear of nodes before the shards they lead, and of nothing twice", async (t) => {
  const { directory } = newDirectory();
  const heard: string[] = [];
  directory.listen({
    shardPlaced: ({ shardId, generation }) => heard.push(`shard ${shardId}/${generation}`),
    nodePlaced: ({ nodeId }) => heard.push(`node ${nodeId}`),
  });
  const parts = { clusterId: "c", shards: [shardOf(1, 2)], nodes: [nodeOf("n1", "a:1")] };
  directory.apply(parts);
  directory.apply(parts);
  directory.applyShard(shardOf(1, 1));
  directory.applyShard(shardOf(1, 3));
  t.same(heard, ["node n1", "shard 1/2", "shard 1/3"]);
});

t.test("the address is the one for callers of this region", async (t) => {
  const parts = { clusterId: "c", shards: [], nodes: [nodeOf("n1", "a:1")] };
  const here = newDirectory("madrid").directory;
  const abroad = newDirectory("new-york").directory;
  here.apply(parts);
  abroad.apply(parts);
  t.equal(here.node("n1")?.address, "a:1");
  t.equal(abroad.node("n1")?.address, "wan-a:1");
});

t.test("nothing is taken from another cluster", async (t) => {
  const { directory, log } = newDirectory();
  directory.apply({ clusterId: "ours", shards: [shardOf(1, 1)], nodes: [] });
  directory.apply({ clusterId: "theirs", shards: [shardOf(1, 9)], nodes: [] });
  t.equal(directory.shard(1)?.generation, 1);
  t.ok(log.events.includes("shard_map_of_another_cluster"));
  directory.apply({ clusterId: undefined, shards: [shardOf(1, 2)], nodes: [] });
  t.equal(directory.shard(1)?.generation, 2, "a change does not name its cluster");
});

t.test("waiting for a newer configuration ends with it, or with the pause", async (t) => {
  const { directory } = newDirectory();
  directory.applyShard(shardOf(1, 1));
  directory.applyShard(shardOf(2, 1));
  let isOver = false;
  const newer = directory.newerThan(1, 1, 60_000).then(() => {
    isOver = true;
  });
  directory.applyShard(shardOf(2, 2));
  await new Promise(setImmediate);
  t.notOk(isOver, "another shard's does not count");
  directory.applyShard(shardOf(1, 2));
  await newer;
  await directory.newerThan(1, 2, 1);
  t.pass("the pause ended without one");
});
