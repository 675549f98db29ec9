import t from "tap";
import { MetadataState } from "../../../metadata/model/metadata-state.ts";
import { EngineHarness } from "../fixtures.ts";

t.test("facts give the same state again", async (t) => {
  const harness = new EngineHarness().bootstrap();
  harness.establish(0);
  harness.granted({ kind: "place_issuer", issuerId: "A", homeRegion: "madrid", currency: "EUR" });
  harness.granted({ kind: "confirm_issuer", issuerId: "A", currency: "EUR" });
  const state = new MetadataState();
  for (const fact of harness.facts) state.apply(fact);
  t.strictSame(state.nodes, harness.engine.state.nodes);
  t.strictSame(state.lineage(0).generations, harness.engine.state.lineage(0).generations);
  t.strictSame(state.issuers.get("A"), harness.engine.state.issuers.get("A"));
});

t.test("facts that cannot be true are broken invariants", async (t) => {
  const state = new MetadataState();
  t.throws(() => state.lineage(0), /shard 0 exists/);
  t.throws(() => state.node("a"), /node a is registered/);
  const placed = {
    kind: "issuer_placed",
    issuerId: "A",
    shardId: 0,
    homeRegion: "x",
    currency: "EUR",
  } as const;
  t.throws(() => state.apply(placed), /shard that exists/);
  t.throws(() => state.apply({ kind: "issuer_recorded", issuerId: "A", currency: "EUR" }), /A is placed/);
  const established = {
    kind: "generation_established",
    shardId: 0,
    generation: 1,
    establishTimeMs: 1,
  } as const;
  t.throws(() => state.apply(established), /shard 0 exists/);
});
