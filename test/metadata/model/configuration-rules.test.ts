import t from "tap";
import { brokenRule } from "../../../metadata/model/configuration-rules.ts";
import type { ShardConfig } from "../../../metadata/model/configuration.ts";
import { EngineHarness, FOUR_NODES, node } from "../fixtures.ts";

const sound = new EngineHarness().bootstrap().config();
const third = node("madrid", 3, { zone: "madrid-z1" });
const nodes = new Map([...FOUR_NODES, third].map((record) => [record.nodeId, record]));

function broken(changes: Partial<ShardConfig>) {
  return brokenRule({ ...sound, ...changes }, nodes);
}

t.test("what placement makes is sound", async (t) => {
  t.equal(broken({}), undefined);
});

t.test("every broken rule names its field", async (t) => {
  const all = ["madrid-1", "madrid-2", "madrid-3", "new-york-1"];
  const cases: [Partial<ShardConfig>, string, RegExp][] = [
    [{ replicas: [...all, "paris-1"] }, "config.replicas", /paris-1 is not a registered node/],
    [{ replicas: [...all, "madrid-1"] }, "config.replicas", /twice/],
    [{ ackSet: ["madrid-2", "new-york-1"] }, "config.ack_set", /leader/],
    [{ ackSet: ["madrid-1", "madrid-1"] }, "config.ack_set", /twice/],
    [{ ackSet: ["madrid-1"] }, "config.ack_set", /two copies/],
    [{ replicas: ["madrid-1", "new-york-1"] }, "config.replicas", /"madrid-2"/],
    [{ remote: "" }, "config.replicas", /""/],
    [{ replicas: all, ackSet: ["madrid-1", "madrid-3"] }, "config.ack_set", /share zone madrid\/madrid-z1/],
    [{ replicas: all, remote: "madrid-3" }, "config.remote", /madrid-3 stands in madrid/],
  ];
  for (const [changes, field, message] of cases) {
    t.match(broken(changes), { refused: "INVALID_REQUEST", field, message }, JSON.stringify(changes));
  }
});

t.test("an ack set may reach into the remote's region", async (t) => {
  t.equal(broken({ ackSet: ["madrid-1", "new-york-1"] }), undefined);
});
