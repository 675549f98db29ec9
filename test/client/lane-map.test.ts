import t from "tap";
import { LaneMap } from "../../client/lane-map.ts";

t.test("issuers share a lane until their shards are known, and then one per shard", async (t) => {
  const map = new LaneMap();
  const unknown = map.enter("A");
  t.equal(map.enter("B"), unknown);
  map.leave("A", 1);
  map.leave("B", 2);
  const [a, b] = [map.enter("A"), map.enter("B")];
  t.not(a, unknown);
  t.not(a, b);
  t.equal([...map.lanes].length, 3);
});

t.test("an issuer keeps its lane while it has a row open", async (t) => {
  const map = new LaneMap();
  const first = map.enter("A");
  map.enter("A");
  map.leave("A", 1);
  t.equal(map.enter("A"), first, "the second row could be overtaken");
  map.leave("A", 1);
  map.leave("A", 1);
  t.not(map.enter("A"), first);
});

t.test("a row without a decision teaches nothing", async (t) => {
  const map = new LaneMap();
  const lane = map.enter("A");
  map.leave("A", undefined);
  t.equal(map.enter("A"), lane);
});
