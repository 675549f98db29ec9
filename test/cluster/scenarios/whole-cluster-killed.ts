import { shardAtHome } from "../../support/cluster/shard-group.ts";
import { underLoad } from "../harness/under-load.ts";
import type { Scenario } from "../scenario.ts";

const DOWN_MS = 1_000;

/** SIGKILL to every process, and a restart of all of them on the same directories. */
export const wholeClusterKilled: Scenario = {
  name: "whole-cluster-killed-and-restarted",
  claim: "a cluster that lost every process comes back from its disks with everything it had acknowledged",
  run: (cluster) =>
    underLoad(cluster, async (experiment) => {
      const client = cluster.client("madrid");
      const shards = await Promise.all(cluster.regions.map((region) => shardAtHome(client, region)));
      const { processes, processNames } = cluster;
      await experiment.fault(() => Promise.all(processNames.map((name) => processes.kill(name))));
      await experiment.pass(DOWN_MS);
      await Promise.all(processNames.map((name) => processes.restart(name)));
      for (const { shardId } of shards) await experiment.untilWritten(shardId);
      const gaps = shards.map(({ shardId }) => experiment.secondsWithoutWrites(shardId));
      return { secondsWithoutWrites: Math.max(...gaps) };
    }),
};
