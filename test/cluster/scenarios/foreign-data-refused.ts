import { join } from "node:path";
import { Intruder } from "../../support/cluster/intruder.ts";
import { shardAtHome } from "../../support/cluster/shard-group.ts";
import { underLoad } from "../harness/under-load.ts";
import type { Scenario } from "../scenario.ts";

/** Data of one cluster meets another one; a node that must hold data comes without it. */
export const foreignDataRefused: Scenario = {
  name: "foreign-data-directory-refused",
  claim: "data never joins another cluster, and a node that lost its data never joins its own",
  run: (cluster) =>
    underLoad(cluster, async (experiment) => {
      const { shardId, syncPeer } = await shardAtHome(cluster.client("madrid"), "madrid");
      const scratch = join(cluster.directory, "scratch");
      await experiment.fault(() =>
        Intruder.refused(
          cluster,
          syncPeer,
          { "--data-dir": join(scratch, syncPeer) },
          /data directory is empty/,
        ),
      );
      const otherCluster = await Intruder.start(cluster, "metadata", {
        "--data-dir": join(scratch, "metadata"),
      });
      try {
        await cluster.processes.kill(syncPeer);
        await Intruder.refused(
          cluster,
          syncPeer,
          { "--metadata": otherCluster.address },
          /belongs to cluster/,
        );
      } finally {
        await otherCluster.kill();
      }
      await cluster.processes.restart(syncPeer);
      await experiment.untilWritten(shardId);
      return { secondsWithoutWrites: experiment.secondsWithoutWrites(shardId) };
    }),
};
