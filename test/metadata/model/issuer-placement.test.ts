import * as fc from "fast-check";
import t from "tap";
import type { MetadataRequest } from "../../../metadata/model/requests.ts";
import { EngineHarness, FOUR_NODES } from "../fixtures.ts";

function place(issuerId: string, homeRegion = "madrid", currency = "EUR"): MetadataRequest<"place_issuer"> {
  return { kind: "place_issuer", issuerId, homeRegion, currency };
}

const FOUR_SHARDS = { regions: ["madrid", "new-york"], shardCount: 4, nodesPerRegion: 2 };

t.test("an issuer goes to the emptiest shard of its region, the first one of equals", async (t) => {
  const harness = new EngineHarness(FOUR_SHARDS).bootstrap();
  const shards = ["A", "B", "C"].map((issuerId) => harness.granted(place(issuerId)).shardId);
  t.strictSame(shards, [0, 2, 0]);
  t.equal(harness.granted(place("D", "new-york")).shardId, 1);
});

t.test("a placement is final, before and after it was recorded", async (t) => {
  const harness = new EngineHarness(FOUR_SHARDS).bootstrap();
  const first = harness.granted(place("A"));
  t.match(first, { shardId: 0, recorded: false, currency: "EUR" });
  t.strictSame(harness.step(place("A", "madrid", "USD")).answer, first, "the leader decides on contents");
  t.match(harness.refused(place("A", "new-york")), { refused: "ISSUER_EXISTS", message: /homed in madrid/ });
  const recorded = harness.granted({ kind: "confirm_issuer", issuerId: "A", currency: "USD" });
  t.match(recorded, { recorded: true, currency: "USD", shardId: 0 });
  t.strictSame(harness.step({ kind: "confirm_issuer", issuerId: "A", currency: "USD" }).changes, []);
  t.match(harness.granted(place("A")), { recorded: true });
});

t.test("a region without a shard is refused by field", async (t) => {
  const harness = new EngineHarness().bootstrap();
  t.match(harness.refused(place("A", "paris")), { refused: "INVALID_REQUEST", field: "home_region" });
});

t.test("before the shards are placed issuers are refused for the time being", async (t) => {
  const harness = new EngineHarness().bootstrap(FOUR_NODES.slice(0, 3));
  const refusal = harness.refused(place("A"));
  t.match(refusal, { refused: "METADATA_UNAVAILABLE", message: /new-york has 1 of 2 nodes/ });
});

t.test("an issuer that was never placed cannot be recorded", async (t) => {
  const harness = new EngineHarness().bootstrap();
  t.throws(() => harness.step({ kind: "confirm_issuer", issuerId: "A", currency: "EUR" }), /A is placed/);
});

t.test("pages go through all issuers in order, whatever is added behind", async (t) => {
  const harness = new EngineHarness().bootstrap();
  const { issuers } = harness.engine.state;
  for (const issuerId of ["C", "a", "B", "A"]) harness.granted(place(issuerId));
  t.strictSame(
    issuers.page("", 2).map(({ issuerId }) => issuerId),
    ["A", "B"],
  );
  harness.granted(place("D"));
  t.strictSame(
    issuers.page("B", 9).map(({ issuerId }) => issuerId),
    ["C", "D", "a"],
  );
  t.strictSame(issuers.page("a", 9), []);
  t.equal(issuers.unrecordedCount, 5);
});

t.test("property: loads of a region's shards differ by one at most, and a restart keeps them", async () => {
  const requests = fc.array(
    fc.record({ issuerId: fc.stringMatching(/^[A-Z]{1,2}$/), home: fc.constantFrom("madrid", "new-york") }),
    { maxLength: 60 },
  );
  const property = fc.property(requests, (drawn) => {
    const harness = new EngineHarness(FOUR_SHARDS).bootstrap();
    for (const { issuerId, home } of drawn) harness.step(place(issuerId, home));
    const loads = () => [0, 1, 2, 3].map((shardId) => harness.engine.state.issuers.load(shardId));
    const before = loads();
    harness.restart();
    const balanced = Math.abs(before[0] - before[2]) <= 1 && Math.abs(before[1] - before[3]) <= 1;
    return balanced && loads().every((load, shardId) => load === before[shardId]);
  });
  fc.assert(property);
});
