import t from "tap";
import { clusterProblems } from "../../../metadata/model/problems.ts";
import { EngineHarness, FOUR_NODES, heartbeat, node, SILENT_AFTER_MS, uuid } from "../fixtures.ts";

function codes(harness: EngineHarness): string[] {
  return clusterProblems(harness.engine, [], harness.now).map(({ code }) => code);
}

/** A cluster whose leaders serve. */
function healthy(): EngineHarness {
  const harness = new EngineHarness().bootstrap();
  harness.establish(0);
  harness.establish(1);
  return harness;
}

t.test("a healthy cluster has no problems", async (t) => {
  t.strictSame(codes(healthy()), []);
});

t.test("an incomplete cluster says what is missing", async (t) => {
  const harness = new EngineHarness().bootstrap(FOUR_NODES.slice(0, 2));
  t.match(clusterProblems(harness.engine, [], harness.now), [
    { severity: "CRITICAL", code: "SHARDS_NOT_PLACED", message: /new-york has 0 of 2 nodes/ },
  ]);
});

t.test("a silent node stops the shards it leads or acknowledges for", async (t) => {
  const harness = healthy();
  harness.nowMs += SILENT_AFTER_MS;
  for (const { nodeId, bootId } of FOUR_NODES.slice(1)) {
    harness.granted({ kind: "keep_alive", nodeId, bootId, shards: [] });
  }
  t.match(clusterProblems(harness.engine, [], harness.now), [
    { severity: "CRITICAL", code: "LEADER_SILENT", shardId: 0, nodeId: "madrid-1" },
    {
      severity: "CRITICAL",
      code: "NODE_SILENT",
      nodeId: "madrid-1",
      message: /3000 ms; it acknowledges for 1/,
    },
  ]);
});

t.test("after a restart of the service nobody has spoken yet", async (t) => {
  const harness = healthy();
  harness.restart();
  t.match(
    clusterProblems(harness.engine, [], harness.now).filter(({ code }) => code === "NODE_SILENT"),
    FOUR_NODES.map(({ nodeId }) => ({ nodeId, message: /since this service started/ })),
  );
});

t.test("a leader that does not serve is named with the reason", async (t) => {
  const harness = new EngineHarness().bootstrap();
  t.strictSame(codes(harness), ["NOT_ESTABLISHED", "NOT_ESTABLISHED"]);
  harness.establish(0);
  harness.establish(1);
  const shards = [heartbeat(0, 1, { hasAuthority: false })];
  harness.granted({ kind: "keep_alive", nodeId: "madrid-1", bootId: uuid(1), shards });
  t.strictSame(codes(harness), ["NO_AUTHORITY"]);
  harness.register(node("new-york", 1, { bootId: uuid(70) }));
  t.strictSame(codes(harness), ["NO_AUTHORITY", "NO_AUTHORITY"], "a new run does not serve yet");
});

t.test("a promise beyond the register is an alarm", async (t) => {
  const harness = healthy();
  const shards = [heartbeat(0, 1, { promisedGeneration: 4, established: false })];
  harness.granted({ kind: "keep_alive", nodeId: "madrid-2", bootId: uuid(2), shards });
  t.match(clusterProblems(harness.engine, [], harness.now), [
    { code: "PROMISE_AHEAD", shardId: 0, message: /promised generation 4, in force is 1/ },
  ]);
});

t.test("warnings come last: unrecorded issuers, what the start check left", async (t) => {
  const harness = healthy();
  harness.granted({ kind: "place_issuer", issuerId: "A", homeRegion: "madrid", currency: "EUR" });
  const left = { severity: "warning", code: "METADATA_SITE_UNKNOWN", message: "m" } as const;
  harness.nowMs += SILENT_AFTER_MS;
  const found = clusterProblems(harness.engine, [left], harness.now).map(({ code }) => code);
  t.strictSame(found.slice(-2), ["ISSUERS_NOT_RECORDED", "METADATA_SITE_UNKNOWN"]);
  t.equal(found[0], "LEADER_SILENT");
});
