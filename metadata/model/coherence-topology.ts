import type { ClusterShape } from "./bootstrap.ts";
import { brokenRule } from "./configuration-rules.ts";
import { type Finding, violation } from "./finding.ts";
import type { MetadataState } from "./metadata-state.ts";

/** Every contradiction between regions, zones, shards and the place of the metadata service. */
export function topologyFindings(
  shape: ClusterShape,
  site: string,
  state: MetadataState,
): readonly Finding[] {
  return [
    ...shapeFindings(shape),
    ...siteFindings(shape, site),
    ...regionFindings(shape, state),
    ...shardFindings(shape, state),
    ...zoneFindings(shape, state),
  ];
}

function shapeFindings({ regions, shardCount, nodesPerRegion }: ClusterShape): Finding[] {
  const findings: Finding[] = [];
  if (regions.length < 2) {
    findings.push(violation("REGIONS_TOO_FEW", "regions must name two at least: one holds the remote copy"));
  }
  const twice = regions.find((region, i) => regions.indexOf(region) !== i);
  if (twice !== undefined) findings.push(violation("REGION_TWICE", `regions names ${twice} twice`));
  if (shardCount < regions.length) {
    findings.push(
      violation("SHARDS_TOO_FEW", `shards ${shardCount} must give each of ${regions.length} regions a home`),
    );
  }
  if (nodesPerRegion < 2) {
    findings.push(
      violation("NODES_TOO_FEW", `nodesPerRegion ${nodesPerRegion} must be at least 2, one for each zone`),
    );
  }
  return findings;
}

/** Metadata that is lost together with a home region cannot publish that region's successor. */
function siteFindings({ regions }: ClusterShape, site: string): Finding[] {
  if (regions.includes(site)) {
    return [violation("METADATA_SITE", `site ${site} is one of the regions whose loss it must outlive`)];
  }
  if (site !== "") return [];
  const message = "site is not set: it must differ from every region for a regional failover to work";
  return [{ severity: "warning", code: "METADATA_SITE_UNKNOWN", message }];
}

/** A region may be added, but not taken away from under nodes and shards. */
function regionFindings({ regions }: ClusterShape, state: MetadataState): Finding[] {
  const homes = [...state.shards.values()].map(({ current }) => current.config.homeRegion);
  const used = new Set([...homes, ...[...state.nodes.values()].map(({ region }) => region)]);
  const gone = [...used].filter((region) => !regions.includes(region));
  return gone.map((region) =>
    violation("REGION_REMOVED", `regions lacks ${region}, where nodes or shards live`),
  );
}

function shardFindings({ shardCount }: ClusterShape, state: MetadataState): Finding[] {
  const placed = state.shards.size;
  if (placed === 0 || placed === shardCount) return [];
  return [violation("SHARDS_CHANGED", `shards is ${shardCount}, but the cluster was made with ${placed}`)];
}

/** Before the bootstrap a lack of zones can still be mended, so it does not keep the service down. */
function zoneFindings({ regions, nodesPerRegion }: ClusterShape, state: MetadataState): Finding[] {
  const broken = [...state.shards.values()].flatMap(({ current }) => {
    const refusal = brokenRule(current.config, state.nodes);
    if (refusal === undefined) return [];
    return [violation("SHARD_MISPLACED", `shard ${current.config.shardId}: ${refusal.message}`)];
  });
  if (state.shards.size > 0) return broken;
  const nodes = [...state.nodes.values()];
  return regions.flatMap((region): Finding[] => {
    const zones = nodes.filter((node) => node.region === region).map((node) => node.zone);
    if (zones.length < nodesPerRegion || new Set(zones).size > 1) return [];
    const message = `all ${zones.length} nodes of region ${region} stand in zone ${zones[0]}`;
    return [{ severity: "warning", code: "ZONES_TOO_FEW", message }];
  });
}
