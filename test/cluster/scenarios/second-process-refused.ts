import { Intruder } from "../../support/cluster/intruder.ts";
import { shardAtHome } from "../../support/cluster/shard-group.ts";
import { underLoad } from "../harness/under-load.ts";
import { expectUninterrupted } from "../harness/uninterrupted.ts";
import type { Scenario } from "../scenario.ts";

/** Second processes are started on data directories that are in use. */
export const secondProcessRefused: Scenario = {
  name: "second-process-refused",
  claim: "a data directory belongs to one process; a second one leaves and harms nothing",
  run: (cluster) =>
    underLoad(cluster, async (experiment) => {
      const { shardId, leader } = await shardAtHome(cluster.client("madrid"), "madrid");
      const fromMs = experiment.nowMs();
      await experiment.fault(() => Intruder.refused(cluster, leader, {}, /another process|in use|locked/i));
      await Intruder.refused(cluster, "metadata", {}, /another process|in use|locked/i);
      expectUninterrupted(experiment, shardId, { fromMs, toMs: experiment.nowMs() });
      return { secondsWithoutWrites: experiment.secondsWithoutWrites(shardId) };
    }),
};
