import fc from "fast-check";
import t from "tap";
import { ShardMap } from "../../../router/placement/shard-map.ts";

const shardOf = (shardId: number, generation: number) => ({
  shardId,
  generation,
  leader: `node-${generation}`,
  replicas: [`node-${generation}`],
});
const nodeOf = (address: string, region = "madrid") => ({ nodeId: "node-1", region, address });

t.test("a shard never goes back a generation", async () => {
  const arrivals = fc.array(fc.tuple(fc.integer({ min: 0, max: 3 }), fc.integer({ min: 1, max: 20 })));
  fc.assert(
    fc.property(arrivals, (configurations) => {
      const map = new ShardMap();
      const newest = new Map<number, number>();
      for (const [shardId, generation] of configurations) {
        const isNewer = generation > (newest.get(shardId) ?? 0);
        if (isNewer) newest.set(shardId, generation);
        if (map.placeShard(shardOf(shardId, generation)) !== isNewer) return false;
        if (map.shard(shardId)?.generation !== newest.get(shardId)) return false;
      }
      return [...map.shards()].length === newest.size;
    }),
  );
});

t.test("a generation is taken once: its second configuration changes nothing", async (t) => {
  const map = new ShardMap();
  map.placeShard(shardOf(1, 5));
  t.notOk(map.placeShard({ ...shardOf(1, 5), leader: "another" }));
  t.equal(map.shard(1)?.leader, "node-5");
});

t.test("the map is known once there is a shard", async (t) => {
  const map = new ShardMap();
  map.placeNode(nodeOf("a:1"));
  t.notOk(map.known);
  map.placeShard(shardOf(1, 1));
  t.ok(map.known);
});

t.test("a node that moved replaces the one known", async (t) => {
  const map = new ShardMap();
  t.ok(map.placeNode(nodeOf("a:1")));
  t.notOk(map.placeNode(nodeOf("a:1")), "nothing changed");
  t.ok(map.placeNode(nodeOf("b:1")));
  t.ok(map.placeNode(nodeOf("b:1", "new-york")));
  t.same(map.node("node-1"), nodeOf("b:1", "new-york"));
});

t.test("a map belongs to one cluster", async (t) => {
  const map = new ShardMap();
  t.equal(map.clusterId, undefined);
  t.ok(map.belongTo("one"));
  t.notOk(map.belongTo("another"));
  t.equal(map.clusterId, "one");
});
