import t from "tap";
import { firstGenerations, planBootstrap } from "../../../metadata/model/bootstrap.ts";
import type { ShardGroup } from "../../../metadata/model/placement.ts";
import { FOUR_NODES, node, SHAPE, uuid } from "../fixtures.ts";

t.test("shards are placed when every region has its nodes, and no sooner", async (t) => {
  t.match(planBootstrap(SHAPE, FOUR_NODES.slice(0, 3)), { impossible: "region new-york has 1 of 2 nodes" });
  t.match(planBootstrap(SHAPE, []), { impossible: "region madrid has 0 of 2 nodes" });
  t.match(planBootstrap(SHAPE, FOUR_NODES), [{ leader: "madrid-1" }, { leader: "new-york-1" }]);
});

t.test("enough nodes in one zone are not enough", async (t) => {
  const nodes = [...FOUR_NODES.slice(1), node("madrid", 1, { zone: "madrid-z2" })];
  t.match(planBootstrap(SHAPE, nodes), { impossible: /madrid has no node outside zone madrid-z2/ });
});

t.test("every shard starts at generation 1 with a life of its own", async (t) => {
  const groups = planBootstrap(SHAPE, FOUR_NODES) as readonly ShardGroup[];
  let ids = 0;
  const published = firstGenerations(groups, () => uuid(ids++), 5);
  t.match(published, [
    { kind: "configuration_published", publishTimeMs: 5, config: { shardId: 0, incarnation: uuid(0) } },
    { config: { shardId: 1, generation: 1, startLsn: 1, changeKind: "BOOTSTRAP", incarnation: uuid(2) } },
  ]);
  t.not(published[0]?.config.operationId, published[1]?.config.operationId);
});
