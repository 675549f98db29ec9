import type { ClusterShape } from "./bootstrap.ts";
import { timingFindings, type Timings } from "./coherence-timings.ts";
import { topologyFindings } from "./coherence-topology.ts";
import type { Finding } from "./finding.ts";
import type { MetadataState } from "./metadata-state.ts";

/**
 * Checks before anything is served that shard authority, read guarantees and failover agree.
 *
 * @param site where the metadata service stands; empty when nobody said
 * @returns everything that is wrong, not just the first; errors before warnings
 */
export function checkCoherence(
  timings: Timings,
  shape: ClusterShape,
  site: string,
  state: MetadataState,
): readonly Finding[] {
  const findings = [...timingFindings(timings), ...topologyFindings(shape, site, state)];
  return findings.sort((a, b) => (a.severity === b.severity ? 0 : a.severity === "error" ? -1 : 1));
}
