import { randomBytes } from "node:crypto";
import type { TestCluster } from "../../support/cluster/test-cluster.ts";
import { type Figures, ScenarioFailure } from "../scenario.ts";
import { Experiment } from "./experiment.ts";
import { LiveLoad } from "./live-load.ts";
import { registerTradedIssuers } from "./traded-issuer.ts";
import { judge } from "./verdict.ts";

const SEED = 1;

/**
 * Breaks and heals a cluster while clients of both regions trade on issuers of their own, and
 * compares everything they were told with what is there in the end.
 * @param body breaks the cluster and leaves it healed; its figures are added to the verdict's
 * @throws ScenarioFailure when anything is wrong, VoidRunError when too little happened
 */
export async function underLoad(
  cluster: TestCluster,
  body: (experiment: Experiment) => Promise<Figures>,
): Promise<Figures> {
  const run = `run-${randomBytes(4).toString("hex")}`;
  const issuers = await registerTradedIssuers(cluster.client(cluster.regions[0]), cluster.regions, run);
  const load = LiveLoad.start(cluster, issuers, SEED);
  let figures: Figures;
  try {
    await load.warmUp();
    figures = await body(new Experiment(cluster, load, issuers));
  } finally {
    await load.stop();
  }
  const { findings, ...verdict } = await judge(cluster, load.history, issuers);
  if (findings.length > 0) throw new ScenarioFailure(findings);
  return { ...figures, ...verdict };
}
