import t from "tap";
import { create } from "@bufbuild/protobuf";
import { ClusterMap } from "../../../node/runtime/cluster-map.ts";
import { NodeInfoSchema, ShardConfigSchema } from "../../../proto/gen/harborpoint/metadata/v1/metadata_pb.ts";

const config = (shardId: number, generation: number) =>
  create(ShardConfigSchema, { shardId, generation: BigInt(generation) });

t.test("the newest configuration of a shard wins, and only news is passed on", async (t) => {
  const map = new ClusterMap("madrid");
  t.same(map.takeShards([config(1, 1), config(2, 5)]).length, 2);
  t.same(map.takeShards([config(1, 1), config(2, 4)]), []);
  t.match(map.takeShards([config(1, 2)]), [{ shardId: 1, generation: 2n }]);
  t.equal(map.shard(1)?.generation, 2n);
  t.equal(map.shard(2)?.generation, 5n);
  t.equal(map.shard(3), undefined);
});

t.test("nodes are reached at the address meant for this region", async (t) => {
  const map = new ClusterMap("madrid");
  const addressByRegion = { madrid: "proxy:1" };
  map.takeNodes([
    create(NodeInfoSchema, { nodeId: "near", region: "madrid", address: "near:1" }),
    create(NodeInfoSchema, { nodeId: "far", region: "new-york", address: "far:1", addressByRegion }),
  ]);
  t.equal(map.addressOf("near"), "near:1");
  t.equal(map.addressOf("far"), "proxy:1");
  t.equal(map.addressOf("unknown"), undefined);
  t.equal(map.regionOf("far"), "new-york");
  t.equal(map.regionOf("unknown"), "");
  map.takeNodes([create(NodeInfoSchema, { nodeId: "near", region: "madrid", address: "near:2" })]);
  t.equal(map.addressOf("near"), "near:2", "a node that came back elsewhere");
});
