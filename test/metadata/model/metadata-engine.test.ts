import * as fc from "fast-check";
import t from "tap";
import { isRefusal } from "../../../metadata/model/refusal.ts";
import type { MetadataRequest } from "../../../metadata/model/requests.ts";
import { EngineHarness, FOUR_NODES, heartbeat, node, SILENT_AFTER_MS, uuid } from "../fixtures.ts";

t.test("the node that completes the cluster places all shards at once", async (t) => {
  const harness = new EngineHarness().bootstrap(FOUR_NODES.slice(0, 3));
  t.equal(harness.engine.missingForBootstrap(harness.now), "region new-york has 1 of 2 nodes");
  const step = harness.step({ kind: "register_node", node: FOUR_NODES[3], clusterId: "" });
  const kinds = step.changes.map(({ kind }) => kind);
  t.strictSame(kinds, ["node_registered", "configuration_published", "configuration_published"]);
  t.match(step.announcement, { nodes: [FOUR_NODES[3]], shards: [{}, {}] });
  t.equal(harness.engine.missingForBootstrap(harness.now), undefined);
  t.strictSame(harness.step({ kind: "register_node", node: FOUR_NODES[3], clusterId: "" }).changes, []);
});

t.test("silent nodes get no shards; a sign of life brings them back", async (t) => {
  const harness = new EngineHarness().bootstrap(FOUR_NODES.slice(0, 1));
  harness.nowMs += SILENT_AFTER_MS;
  harness.bootstrap(FOUR_NODES.slice(1));
  t.equal(harness.engine.missingForBootstrap(harness.now), "region madrid has 1 of 2 nodes");
  const alive = { kind: "keep_alive", nodeId: "madrid-1", bootId: uuid(1), shards: [] } as const;
  t.equal(harness.step(alive).changes.length, 2);
});

t.test("a leader's first word of its generation establishes it, once", async (t) => {
  const harness = new EngineHarness().bootstrap();
  const say = (nodeId: string, generation: number, established: boolean) => {
    const { bootId } = harness.engine.state.node(nodeId);
    const shards = [heartbeat(0, generation, { established })];
    return harness.step({ kind: "keep_alive", nodeId, bootId, shards });
  };
  t.strictSame(say("madrid-1", 1, false).changes, [], "not yet");
  t.strictSame(say("madrid-2", 1, true).changes, [], "not the leader");
  t.strictSame(say("madrid-1", 2, true).changes, [], "not in force");
  const step = say("madrid-1", 1, true);
  t.match(step.changes, [
    { kind: "generation_established", shardId: 0, establishTimeMs: harness.now.wallMs },
  ]);
  t.match(step.announcement.shards, [{ config: { shardId: 0 }, establishTimeMs: harness.now.wallMs }]);
  t.strictSame(say("madrid-1", 1, true).changes, [], "known");
});

t.test("a node that lags behind is told what is in force", async (t) => {
  const harness = new EngineHarness().bootstrap();
  harness.granted(harness.proposal());
  const ask = { kind: "keep_alive", nodeId: "madrid-2", bootId: uuid(2) } as const;
  const lagging = harness.granted({ ...ask, shards: [heartbeat(0, 1), heartbeat(1, 1)] });
  t.match(lagging.newer, [{ config: { shardId: 0, generation: 2 } }]);
  t.equal(lagging.newer.length, 1);
  t.strictSame(harness.granted({ ...ask, shards: [heartbeat(0, 2)] }).newer, []);
});

t.test("strangers and unknown shards are refused", async (t) => {
  const harness = new EngineHarness().bootstrap();
  const shards = [heartbeat(0, 1), heartbeat(9, 1)];
  t.match(harness.refused({ kind: "keep_alive", nodeId: "x", bootId: uuid(1), shards: [] }), {
    refused: "UNAUTHENTICATED",
  });
  t.match(harness.refused({ kind: "keep_alive", nodeId: "madrid-1", bootId: uuid(1), shards }), {
    refused: "INVALID_REQUEST",
    field: "shards[1].shard_id",
  });
});

/** One thing that may happen, drawn at random. */
const anything = fc.oneof(
  fc.record({ what: fc.constant("propose" as const), ahead: fc.integer({ min: -1, max: 3 }) }),
  fc.record({ what: fc.constant("propose late" as const) }),
  fc.record({ what: fc.constant("establish" as const) }),
  fc.record({ what: fc.constant("promise" as const), ahead: fc.integer({ min: 0, max: 3 }) }),
  fc.record({ what: fc.constant("reboot node" as const), number: fc.integer({ min: 1, max: 2 }) }),
  fc.record({ what: fc.constant("restart" as const) }),
  fc.record({ what: fc.constant("wait" as const), ms: fc.integer({ min: 0, max: 5000 }) }),
);

/** Lets one thing happen to shard 0; `late` is a proposal made some time ago. */
function happen(
  harness: EngineHarness,
  event: typeof anything extends fc.Arbitrary<infer Event> ? Event : never,
  late: MetadataRequest<"propose_configuration">,
): void {
  const { generation } = harness.config();
  switch (event.what) {
    case "propose":
      harness.step(harness.proposal(0, { generation: generation + event.ahead }));
      return;
    case "propose late":
      harness.step(late);
      return;
    case "establish":
      harness.establish();
      return;
    case "promise": {
      const { bootId } = harness.engine.state.node("new-york-1");
      const shards = [heartbeat(0, generation, { promisedGeneration: generation + event.ahead })];
      harness.granted({ kind: "keep_alive", nodeId: "new-york-1", bootId, shards });
      return;
    }
    case "reboot node":
      harness.register(node("madrid", event.number, { bootId: harness.newId() }));
      return;
    case "restart":
      harness.restart();
      return;
    case "wait":
      harness.nowMs += event.ms;
  }
}

t.test(
  "property: generations never go back or change, whatever happens, and a restart forgets none",
  async () => {
    const property = fc.property(fc.array(anything, { maxLength: 60 }), (events) => {
      const harness = new EngineHarness().bootstrap();
      const seen: string[] = [];
      let late = harness.proposal();
      for (const event of events) {
        const next = harness.proposal();
        happen(harness, event, late);
        late = next;
        const generations = harness.engine.state.lineage(0).generations.map(({ config }) => config);
        const texts = generations.map((config) => JSON.stringify(config));
        const isGrowing = generations.every(
          ({ generation }, i) => i === 0 || generation > generations[i - 1].generation,
        );
        if (!isGrowing || seen.some((text, i) => texts[i] !== text)) return false;
        seen.push(...texts.slice(seen.length));
      }
      return true;
    });
    fc.assert(property, { numRuns: 300 });
  },
);

t.test("property: a refused request changes nothing", async () => {
  const property = fc.property(fc.integer({ min: -5, max: 5 }), fc.boolean(), (ahead, foreign) => {
    const harness = new EngineHarness().bootstrap();
    const before = JSON.stringify([...harness.engine.state.lineage(0).generations]);
    const proposer = foreign ? "madrid-2" : "madrid-1";
    const { generation } = harness.config();
    const step = harness.step(harness.proposal(0, { generation: generation + ahead }, proposer));
    const after = JSON.stringify([...harness.engine.state.lineage(0).generations]);
    const isGranted = !isRefusal(step.answer);
    return (
      isGranted === (ahead > 0 && !foreign) && (isGranted || (before === after && step.changes.length === 0))
    );
  });
  fc.assert(property);
});
