import { shardAtHome } from "../../support/cluster/shard-group.ts";
import { underLoad } from "../harness/under-load.ts";
import { expectUninterrupted } from "../harness/uninterrupted.ts";
import type { Scenario } from "../scenario.ts";

const DOWN_MS = 6_000;

/** SIGKILL to a remote replica, and its restart. */
export const remoteKilled: Scenario = {
  name: "remote-killed-and-restarted",
  claim: "writes go on without the remote replica, which then catches up from the log",
  run: (cluster) =>
    underLoad(cluster, async (experiment) => {
      const client = cluster.client("madrid");
      const { shardId, remote } = await shardAtHome(client, "madrid");
      // The same node leads the shard of its own region: that one pauses.
      const abroad = await shardAtHome(client, "new-york");
      await experiment.fault(() => cluster.processes.kill(remote));
      const down = await experiment.pass(DOWN_MS);
      expectUninterrupted(experiment, shardId, down);
      const secondsWithoutWrites = experiment.secondsWithoutWrites(shardId);
      await cluster.processes.restart(remote);
      await experiment.untilWritten(abroad.shardId);
      return { secondsWithoutWrites };
    }),
};
