import * as fc from "fast-check";
import t from "tap";
import type { ClusterShape } from "../../../metadata/model/bootstrap.ts";
import { checkCoherence } from "../../../metadata/model/coherence.ts";
import { type Timings, timingFindings } from "../../../metadata/model/coherence-timings.ts";
import { MetadataState } from "../../../metadata/model/metadata-state.ts";
import { EngineHarness, node, SHAPE } from "../fixtures.ts";

const DEFAULTS: Timings = {
  rpoMs: 5000,
  grantMs: 3000,
  grantKeptMs: 4240,
  clientLimitMs: 1000,
  leaseMs: 3000,
  leaseKeptMs: 3230,
  heartbeatMs: 250,
};

function codes(
  timings: Partial<Timings>,
  shape: Partial<ClusterShape> = {},
  site = "geneva",
  state = new MetadataState(),
): string[] {
  const findings = checkCoherence({ ...DEFAULTS, ...timings }, { ...SHAPE, ...shape }, site, state);
  return findings.map(({ code }) => code);
}

t.test("the defaults agree", async (t) => {
  t.strictSame(codes({}), []);
});

t.test("each rule between times is exact to the millisecond", async (t) => {
  t.strictSame(codes({ grantMs: 3950, grantKeptMs: 9000 }), []);
  t.strictSame(codes({ grantMs: 3951, grantKeptMs: 9000 }), ["RPO_EXCEEDED"]);
  t.strictSame(codes({ clientLimitMs: 1951, grantKeptMs: 9000 }), ["RPO_EXCEEDED"]);
  t.strictSame(codes({ rpoMs: 4040 }), ["RPO_EXCEEDED"]);
  t.strictSame(codes({ grantKeptMs: 4239 }), ["GRANT_MARGIN"]);
  t.strictSame(codes({ leaseKeptMs: 3229 }), ["LEASE_MARGIN"]);
  t.strictSame(codes({ heartbeatMs: 750 }), []);
  t.strictSame(codes({ heartbeatMs: 751 }), ["HEARTBEAT_TOO_SLOW"]);
});

t.test("a violation says the numbers that contradict each other", async (t) => {
  t.match(timingFindings({ ...DEFAULTS, grantMs: 4000, grantKeptMs: 9000 }), [
    {
      severity: "error",
      message: "grantMs 4000 + clientLimitMs 1000 must be at most 4950, 99 % of rpoMs 5000",
    },
  ]);
});

t.test("everything is reported at once", async (t) => {
  const found = codes({ rpoMs: 1, grantKeptMs: 1, leaseKeptMs: 1 }, { regions: ["madrid"] }, "madrid");
  t.strictSame(found, ["RPO_EXCEEDED", "GRANT_MARGIN", "LEASE_MARGIN", "REGIONS_TOO_FEW", "METADATA_SITE"]);
});

t.test("the shape of the cluster must allow a placement", async (t) => {
  t.strictSame(codes({}, { regions: ["madrid", "madrid"] }), ["REGION_TWICE"]);
  t.strictSame(codes({}, { shardCount: 1 }), ["SHARDS_TOO_FEW"]);
  t.strictSame(codes({}, { nodesPerRegion: 1 }), ["NODES_TOO_FEW"]);
});

t.test("metadata must not die with a home region", async (t) => {
  t.strictSame(codes({}, {}, "new-york"), ["METADATA_SITE"]);
  const findings = checkCoherence(DEFAULTS, SHAPE, "", new MetadataState());
  t.match(findings, [{ severity: "warning", code: "METADATA_SITE_UNKNOWN" }]);
});

t.test("errors come before warnings", async (t) => {
  t.strictSame(codes({}, { regions: ["a", "b", "a"], shardCount: 3 }, ""), [
    "REGION_TWICE",
    "METADATA_SITE_UNKNOWN",
  ]);
});

t.test("a cluster keeps its regions and its number of shards", async (t) => {
  const { state } = new EngineHarness().bootstrap().engine;
  t.strictSame(codes({}, {}, "geneva", state), []);
  t.strictSame(codes({}, { regions: ["madrid", "new-york", "paris"], shardCount: 3 }, "geneva", state), [
    "SHARDS_CHANGED",
  ]);
  t.strictSame(codes({}, { regions: ["madrid", "paris"] }, "geneva", state), ["REGION_REMOVED"]);
});

t.test("zones on disk: before the bootstrap a warning, after it an error", async (t) => {
  const harness = new EngineHarness();
  harness.bootstrap([node("madrid", 1), node("madrid", 2, { zone: "madrid-z1" })]);
  const findings = checkCoherence(DEFAULTS, SHAPE, "geneva", harness.engine.state);
  t.match(findings, [
    { severity: "warning", code: "ZONES_TOO_FEW", message: /all 2 nodes of region madrid/ },
  ]);

  const placed = new EngineHarness().bootstrap();
  const state = new MetadataState();
  for (const fact of placed.facts) {
    const moved = fact.kind === "node_registered" && fact.node.nodeId === "madrid-2";
    state.apply(moved ? { ...fact, node: { ...fact.node, zone: "madrid-z1" } } : fact);
  }
  t.match(checkCoherence(DEFAULTS, SHAPE, "geneva", state), [
    {
      severity: "error",
      code: "SHARD_MISPLACED",
      message: /shard 0: config.ack_set: madrid-1 and madrid-2 share/,
    },
  ]);
});

t.test(
  "property: coherent times leave the holder's last answer inside the grantor's time and the RPO",
  async () => {
    const ms = fc.integer({ min: 1, max: 10_000 });
    const property = fc.property(ms, ms, ms, ms, (rpoMs, grantMs, clientLimitMs, grantKeptMs) => {
      const timings = { ...DEFAULTS, heartbeatMs: 1, rpoMs, grantMs, clientLimitMs, grantKeptMs };
      if (grantMs < 4 || timingFindings(timings).length > 0) return true;
      const slowHolderMs = (grantMs + clientLimitMs) / 0.995;
      const fastGrantorMs = grantKeptMs / 1.005;
      return slowHolderMs <= rpoMs && slowHolderMs <= fastGrantorMs;
    });
    fc.assert(property, { numRuns: 2000 });
  },
);
