import type { TestCluster } from "./test-cluster.ts";

/** Loses everything between the regions, both ways; what goes to the metadata service passes. */
export async function cutRegions(cluster: TestCluster): Promise<void> {
  for (const link of linksBetweenRegions(cluster)) {
    await cluster.processes.wan({ type: "cut", link, way: "both" });
  }
}

/** Opens the way between the regions again. */
export async function healRegions(cluster: TestCluster): Promise<void> {
  for (const link of linksBetweenRegions(cluster)) await cluster.processes.wan({ type: "heal", link });
}

/** Links are named "<site that dials>><process dialled>"; nodes are named by their region. */
function linksBetweenRegions({ processes, regions }: TestCluster): string[] {
  return Object.keys(processes.plan.links).filter((name) => {
    const [site, target] = name.split(">", 2);
    return (
      regions.includes(site) && regions.some((region) => region !== site && target.startsWith(`${region}-`))
    );
  });
}
