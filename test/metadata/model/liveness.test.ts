import t from "tap";
import { Liveness, type Moment } from "../../../metadata/model/liveness.ts";
import { heartbeat } from "../fixtures.ts";

const at = (monotonicMs: number): Moment => ({ monotonicMs, wallMs: monotonicMs + 1e12 });

t.test("a node is alive until it was silent for the whole time", async (t) => {
  const liveness = new Liveness(0, 3000);
  t.equal(liveness.isAlive("a", 0), false);
  t.equal(liveness.silentMs("a", 0), undefined);
  liveness.introduced("a", at(100));
  t.equal(liveness.isAlive("a", 3099), true);
  t.equal(liveness.isAlive("a", 3100), false);
  liveness.heard("a", [], at(5000));
  t.equal(liveness.silentMs("a", 5500), 500);
  t.strictSame(liveness.lastSeen("a"), at(5000));
});

t.test("a node never heard of counts as alive for the first while", async (t) => {
  const liveness = new Liveness(1000, 3000);
  t.equal(liveness.deadInMs("a", 1500), 2500);
  t.equal(liveness.deadInMs("a", 4000), 0);
  t.equal(liveness.deadInMs("a", 9000), 0);
});

t.test("heartbeats are kept by shard until the node starts anew; promises stay", async (t) => {
  const liveness = new Liveness(0, 3000);
  liveness.heard("a", [heartbeat(0, 2), heartbeat(1, 1, { promisedGeneration: 4 })], at(1));
  liveness.heard("a", [heartbeat(0, 3)], at(2));
  t.match(liveness.heartbeat("a", 0), { generation: 3 });
  t.match(liveness.heartbeat("a", 1), { generation: 1 });
  liveness.introduced("a", at(3));
  t.equal(liveness.heartbeat("a", 0), undefined);
  t.equal(liveness.highestPromise(0), 3);
  t.equal(liveness.highestPromise(1), 4);
  liveness.heard("b", [heartbeat(1, 2)], at(4));
  t.equal(liveness.highestPromise(1), 4, "a lower promise of another node changes nothing");
  t.equal(liveness.highestPromise(9), 0);
});
