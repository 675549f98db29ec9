import t from "tap";
import { planRead, type ReadPlan, type ReadWish } from "../../../router/placement/read-plan.ts";

const REGIONS: Record<string, string> = { m1: "madrid", m2: "madrid", n1: "new-york", n2: "new-york" };
const nodeOf = (nodeId: string) => {
  const region = REGIONS[nodeId];
  return region === undefined ? undefined : { nodeId, region, address: "" };
};
const HOME_MADRID = { shardId: 4, generation: 1, leader: "m1", replicas: ["m1", "m2", "n1", "n2"] };

const wish = (
  contract: ReadWish["contract"],
  onStale: ReadWish["onStale"] = "fallback_leader",
): ReadWish => ({
  contract,
  onStale,
});
const text = ({ steps, fallbackReason }: ReadPlan): string =>
  [...steps.map(({ nodeId, acceptStale }) => nodeId + (acceptStale ? "?" : "")), fallbackReason]
    .join(" ")
    .trim();
const plan = (asked: ReadWish, region: string, shard = HOME_MADRID): string =>
  text(planRead(asked, shard, region, nodeOf));

t.test("where the leader is local it is asked for everything", async (t) => {
  for (const contract of ["linearizable", "session", "bounded"] as const) {
    t.equal(plan(wish(contract), "madrid"), "m1");
  }
});

t.test("abroad the contract decides", async (t) => {
  t.equal(plan(wish("linearizable"), "new-york"), "m1");
  t.equal(plan(wish("session"), "new-york"), "n1 m1");
  t.equal(plan(wish("bounded"), "new-york"), "n1 m1");
  t.equal(plan(wish("any"), "new-york"), "n1 n2 m1");
});

t.test("whoever accepts a stale answer gets one when neither replica nor leader can do better", async (t) => {
  t.equal(plan(wish("bounded", "mark_stale"), "new-york"), "n1 m1 n1? n2?");
  t.equal(plan(wish("bounded", "mark_stale"), "madrid"), "m1 m2? n1? n2?");
  t.equal(plan(wish("bounded", "fail"), "new-york"), "n1 m1");
  t.equal(plan(wish("session", "mark_stale"), "new-york"), "n1 m1", "only for bounded reads");
});

t.test("any state of any replica will do, the leader's first where it is local", async (t) => {
  t.equal(plan(wish("any"), "madrid"), "m1 m2 n1 n2");
});

t.test("without a replica in the region the leader is asked, and the label can say why", async (t) => {
  const shard = { ...HOME_MADRID, replicas: ["m1", "m2"] };
  t.equal(plan(wish("session"), "new-york", shard), "m1 NO_LOCAL_REPLICA");
  t.equal(plan(wish("any"), "new-york", shard), "m1 m2 NO_LOCAL_REPLICA");
  t.equal(plan(wish("linearizable"), "new-york", shard), "m1");
});

t.test("shards spread their reads over the replicas of a region", async (t) => {
  t.equal(plan(wish("session"), "new-york", { ...HOME_MADRID, shardId: 5 }), "n2 m1");
});

t.test("a replica the map does not know yet is not local", async (t) => {
  const shard = { ...HOME_MADRID, replicas: ["m1", "m2", "new"] };
  t.equal(plan(wish("session"), "new-york", shard), "m1 NO_LOCAL_REPLICA");
});
