import * as fc from "fast-check";
import t from "tap";
import { type NodeRecord, shareZone } from "../../../metadata/model/node-record.ts";
import { placeShards } from "../../../metadata/model/placement.ts";
import { FOUR_NODES, node } from "../fixtures.ts";

const REGIONS = ["madrid", "new-york"];

t.test("homes take turns over regions, leaders over the nodes of a region", async (t) => {
  const groups = placeShards(4, REGIONS, FOUR_NODES);
  t.match(groups, [
    {
      homeRegion: "madrid",
      leader: "madrid-1",
      ackSet: ["madrid-1", "madrid-2"],
      remote: "new-york-1",
      replicas: ["madrid-1", "madrid-2", "new-york-1", "new-york-2"],
    },
    { homeRegion: "new-york", leader: "new-york-1", remote: "madrid-1" },
    { homeRegion: "madrid", leader: "madrid-2", ackSet: ["madrid-2", "madrid-1"], remote: "new-york-2" },
    { homeRegion: "new-york", leader: "new-york-2", remote: "madrid-2" },
  ]);
});

t.test("the order in which nodes are given does not matter", async (t) => {
  t.strictSame(placeShards(4, REGIONS, [...FOUR_NODES].reverse()), placeShards(4, REGIONS, FOUR_NODES));
});

t.test("the sync peer skips nodes in the leader's zone", async (t) => {
  const nodes = [
    node("madrid", 1, { zone: "a" }),
    node("madrid", 2, { zone: "a" }),
    node("madrid", 3, { zone: "b" }),
    node("new-york", 1),
  ];
  t.match(placeShards(1, REGIONS, nodes), [{ ackSet: ["madrid-1", "madrid-3"] }]);
});

t.test("zones of different regions may have the same name", async (t) => {
  const nodes = ["madrid", "new-york"].flatMap((region) => [
    node(region, 1, { zone: "a" }),
    node(region, 2, { zone: "b" }),
  ]);
  t.match(placeShards(2, REGIONS, nodes), [{ remote: "new-york-1" }, { remote: "madrid-1" }]);
});

t.test("a remote region with one zone gives no spare", async (t) => {
  const nodes = [node("madrid", 1), node("madrid", 2), node("new-york", 1)];
  t.match(placeShards(1, REGIONS, nodes), [{ replicas: ["madrid-1", "madrid-2", "new-york-1"] }]);
});

t.test("with three regions the remote replicas spread over both others", async (t) => {
  const regions = ["a", "b", "c"];
  const nodes = regions.flatMap((region) => [node(region, 1), node(region, 2)]);
  const groups = placeShards(6, regions, nodes);
  t.match(groups, [{ remote: "b-1" }, {}, {}, { remote: "c-2" }, {}, {}]);
});

t.test("what cannot be placed is refused with the reason", async (t) => {
  const nodes = [node("madrid", 1, { zone: "a" }), node("madrid", 2, { zone: "a" }), node("new-york", 1)];
  t.match(placeShards(1, ["madrid"], FOUR_NODES), { impossible: /second region/ });
  t.match(placeShards(1, REGIONS, nodes), { impossible: /madrid has no node outside zone a of madrid-1/ });
  t.match(placeShards(1, REGIONS, nodes.slice(2)), { impossible: "region madrid has no node" });
  t.match(placeShards(1, REGIONS, FOUR_NODES.slice(0, 2)), { impossible: "region new-york has no node" });
});

const anyNodes = fc.uniqueArray(
  fc.record({
    nodeId: fc.stringMatching(/^n[0-9]{1,2}$/),
    region: fc.constantFrom("r1", "r2", "r3"),
    zone: fc.constantFrom("a", "b", "c"),
  }),
  { selector: ({ nodeId }) => nodeId, maxLength: 12 },
);

t.test("property: never two members of an ack set in one zone, never a remote at home", async () => {
  const property = fc.property(anyNodes, fc.integer({ min: 1, max: 40 }), (drawn, shardCount) => {
    const nodes = drawn.map((part): NodeRecord => ({ ...node("x", 1), ...part }));
    const byId = new Map(nodes.map((record) => [record.nodeId, record]));
    const groups = placeShards(shardCount, ["r1", "r2", "r3"], nodes);
    if ("impossible" in groups) return groups.impossible !== "";
    return groups.every(({ homeRegion, leader, ackSet, remote, replicas }) => {
      const [first, second] = ackSet.map((nodeId) => byId.get(nodeId) as NodeRecord);
      return (
        leader === first.nodeId &&
        first.region === homeRegion &&
        second.region === homeRegion &&
        !shareZone(first, second) &&
        byId.get(remote)?.region !== homeRegion &&
        [...ackSet, remote].every((nodeId) => replicas.includes(nodeId)) &&
        new Set(replicas).size === replicas.length
      );
    });
  });
  fc.assert(property, { numRuns: 500 });
});

t.test(
  "property: with two zones everywhere every shard is placed and leaders differ by one at most",
  async () => {
    const property = fc.property(fc.integer({ min: 1, max: 64 }), (shardCount) => {
      const groups = placeShards(shardCount, REGIONS, FOUR_NODES);
      if ("impossible" in groups) return false;
      const counts = FOUR_NODES.map(({ nodeId }) => groups.filter(({ leader }) => leader === nodeId).length);
      return Math.max(...counts) - Math.min(...counts) <= 1;
    });
    fc.assert(property);
  },
);
