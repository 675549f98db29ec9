import t from "tap";
import type { NodeRecord } from "../../../metadata/model/node-record.ts";
import { EngineHarness, FOUR_NODES, node, SILENT_AFTER_MS, uuid } from "../fixtures.ts";

function refusal(harness: EngineHarness, record: NodeRecord, clusterId = "cluster") {
  return harness.refused({ kind: "register_node", node: record, clusterId });
}

t.test("a new node joins and is announced", async (t) => {
  const harness = new EngineHarness();
  const step = harness.step({ kind: "register_node", node: node("madrid", 1), clusterId: "" });
  t.strictSame(step.answer, node("madrid", 1));
  t.strictSame(step.changes, [{ kind: "node_registered", node: node("madrid", 1) }]);
  t.strictSame(step.announcement, { nodes: [node("madrid", 1)], shards: [] });
});

t.test("the same introduction again changes nothing, a new run or detour does", async (t) => {
  const harness = new EngineHarness();
  const changes = (record: NodeRecord): number =>
    harness.step({ kind: "register_node", node: record, clusterId: "cluster" }).changes.length;
  const detour = { addressByRegion: { "new-york": "proxy:1" } };
  t.equal(changes(node("madrid", 1)), 1);
  t.equal(changes(node("madrid", 1)), 0);
  t.equal(changes(node("madrid", 1, { bootId: uuid(77) })), 1);
  t.equal(changes(node("madrid", 1, { bootId: uuid(77), ...detour })), 1);
  t.equal(changes(node("madrid", 1, { bootId: uuid(77), ...detour })), 0);
});

t.test("one id at two addresses is refused while the first one may be alive", async (t) => {
  const harness = new EngineHarness();
  harness.register(node("madrid", 1));
  const twin = node("madrid", 1, { address: "elsewhere:7400", bootId: uuid(77) });
  harness.nowMs += 1000;
  const message = /runs as madrid-1 at madrid-1.example:7400/;
  t.match(refusal(harness, twin), { refused: "METADATA_UNAVAILABLE", retryAfterMs: 2000, message });
  harness.granted({ kind: "keep_alive", nodeId: "madrid-1", bootId: uuid(1), shards: [] });
  harness.nowMs += SILENT_AFTER_MS - 1;
  t.match(refusal(harness, twin), { retryAfterMs: 1 });
  harness.nowMs += 1;
  harness.register(twin);
  t.match(
    harness.refused({ kind: "keep_alive", nodeId: "madrid-1", bootId: uuid(1), shards: [] }),
    { refused: "UNAUTHENTICATED" },
    "the run that was replaced is not heard any more",
  );
});

t.test("after a restart every node may still be alive", async (t) => {
  const harness = new EngineHarness();
  harness.register(node("madrid", 1));
  harness.nowMs += 60_000;
  harness.restart();
  const twin = node("madrid", 1, { address: "elsewhere:7400", bootId: uuid(77) });
  t.match(refusal(harness, twin), { retryAfterMs: SILENT_AFTER_MS });
  harness.nowMs += SILENT_AFTER_MS;
  harness.register(twin);
});

t.test("a process that restarts at its address need not wait", async (t) => {
  const harness = new EngineHarness();
  harness.register(node("madrid", 1));
  harness.register(node("madrid", 1, { bootId: uuid(77) }));
  t.pass();
});

t.test("a node must stand in a known region and stay where its shards were placed", async (t) => {
  const harness = new EngineHarness();
  t.match(refusal(harness, node("paris", 1)), { field: "node.region", message: /madrid, new-york/ });
  harness.register(node("madrid", 1));
  harness.register(node("madrid", 1, { zone: "other" }));
  harness.register(node("madrid", 1));
  harness.bootstrap(FOUR_NODES.slice(1));
  t.match(refusal(harness, node("madrid", 1, { zone: "other" })), { field: "node.zone" });
  t.match(refusal(harness, node("madrid", 1, { region: "new-york" })), { field: "node.region" });
});

t.test("data of another cluster is refused", async (t) => {
  const harness = new EngineHarness();
  const answer = refusal(harness, node("madrid", 1), "other");
  t.match(answer, { refused: "INVALID_REQUEST", field: "cluster_id", message: /belongs to cluster other/ });
});

t.test("an empty disk is refused where acknowledged records must be", async (t) => {
  const harness = new EngineHarness().bootstrap();
  const wiped = { kind: "register_node", node: node("madrid", 2), clusterId: "" } as const;
  t.ok(harness.granted(wiped), "before anything was acknowledged there is nothing to lose");
  harness.establish(0);
  t.match(harness.refused(wiped), { field: "cluster_id", message: /madrid-2 must hold shards 0 / });
  const remote = { kind: "register_node", node: node("new-york", 1), clusterId: "" } as const;
  t.ok(harness.granted(remote), "an asynchronous replica can be rebuilt");
});
