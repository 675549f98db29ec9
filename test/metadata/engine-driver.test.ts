import t from "tap";
import { EngineDriver } from "../../metadata/engine-driver.ts";
import type { Change } from "../../metadata/model/changes.ts";
import { RecordingLog } from "../support/recording-log.ts";
import { EngineHarness, FOUR_NODES, node } from "./fixtures.ts";

/** A driver whose parts write down what they were asked, in order. */
function recordedDriver(failOn?: Change["kind"]) {
  const harness = new EngineHarness();
  const trace: string[] = [];
  const log = new RecordingLog();
  const driver = new EngineDriver({
    engine: harness.engine,
    store: {
      persist: (changes) => {
        trace.push(`persist ${changes.map(({ kind }) => kind).join(" ")}`);
        if (changes.some(({ kind }) => kind === failOn)) throw new Error("disk I/O error");
      },
    },
    clock: { monotonicMs: () => 5, wallMs: () => 1_700_000_000_000 },
    log,
    announce: ({ nodes, shards }) => trace.push(`announce ${nodes.length} ${shards.length}`),
    onPersisted: (changes) => trace.push(`persisted ${changes.length}`),
    perform: (commands) => trace.push(`ask ${commands.map(({ nodeId }) => nodeId).join(" ")}`),
    giveUp: (error) => trace.push(`give up: ${(error as Error).message}`),
  });
  return { driver, trace, log };
}

t.test("changes are persisted, then announced, then answered", async (t) => {
  const { driver, trace, log } = recordedDriver();
  const answer = driver.handle({ kind: "register_node", node: node("madrid", 1), clusterId: "" });
  t.strictSame(answer, node("madrid", 1));
  t.strictSame(trace, ["persist node_registered", "announce 1 0", "persisted 1"]);
  t.strictSame(log.events, ["node_registered"]);
});

t.test("without a change the disk is left alone", async (t) => {
  const { driver, trace } = recordedDriver();
  driver.handle({ kind: "register_node", node: node("madrid", 1), clusterId: "" });
  driver.handle({ kind: "register_node", node: node("madrid", 1), clusterId: "" });
  t.equal(trace.length, 3);
});

t.test("a step's changes go to disk together", async (t) => {
  const { driver, trace } = recordedDriver();
  for (const record of FOUR_NODES) driver.handle({ kind: "register_node", node: record, clusterId: "" });
  const all = "node_registered configuration_published configuration_published";
  t.strictSame(trace.slice(-3), [`persist ${all}`, "announce 1 2", "persisted 3"]);
});

t.test("a refusal becomes an error of the catalogue with its particulars", async (t) => {
  const { driver } = recordedDriver();
  t.throws(() => driver.handle({ kind: "register_node", node: node("paris", 1), clusterId: "" }), {
    name: "StoreError",
    reason: "INVALID_REQUEST",
    field: "node.region",
  });
});

t.test("after a failed disk nothing is answered or announced any more", async (t) => {
  const { driver, trace } = recordedDriver("node_registered");
  const register = () => driver.handle({ kind: "register_node", node: node("madrid", 1), clusterId: "" });
  t.throws(register, { name: "StoreError", reason: "METADATA_UNAVAILABLE" });
  t.strictSame(trace, ["persist node_registered", "give up: disk I/O error"]);
  t.throws(
    register,
    { name: "StoreError", reason: "METADATA_UNAVAILABLE" },
    "the state in memory is ahead of the disk",
  );
  t.equal(trace.length, 2);
});
