import type { BenchFindings, BenchRun } from "../bench.ts";
import { ReserveLoad } from "../load/reserve-load.ts";
import { BenchCluster } from "./bench-cluster.ts";
import { ClusterLoads, type LoadTimes } from "./cluster-loads.ts";

/** The flags of every bench on a cluster. */
export type ClusterFlag = "seed" | "issuers" | "issuerCount" | "shards";

/** What a bench on a cluster works with. */
export interface ClusterBench {
  readonly cluster: BenchCluster;
  /** The issuers, registered, and the books of what is reserved on them. */
  readonly load: ReserveLoad;
  /** Loads on the cluster that last so long. */
  readonly loads: (times: LoadTimes) => ClusterLoads;
}

/** Starts a cluster with its issuers, lets a bench work on it, audits the store, stops everything. */
export async function withCluster(
  { flags, ...run }: BenchRun<ClusterFlag>,
  work: (bench: ClusterBench) => Promise<Omit<BenchFindings, "auditFindings">>,
): Promise<BenchFindings> {
  const cluster = await BenchCluster.start({ ...run, shards: flags.shards });
  try {
    const load = new ReserveLoad(flags, run.clock);
    await cluster.register(load.issuers);
    const findings = await work({
      cluster,
      load,
      loads: (times) => new ClusterLoads(cluster, times, run.clock),
    });
    run.say("auditing");
    const remarks = [...findings.remarks, ...refusals(load)];
    return { ...findings, remarks, auditFindings: await cluster.audit(load.told) };
  } finally {
    await cluster.stop();
  }
}

/** Reserves that ended with an error are in no figure, so they are said. */
function refusals({ told }: ReserveLoad): string[] {
  return Object.entries(told.errors).map(([reason, count]) => `${count} reserves ended with ${reason}`);
}
