import { shardAtHome, shardById } from "../../support/cluster/shard-group.ts";
import { underLoad } from "../harness/under-load.ts";
import { expect, type Scenario } from "../scenario.ts";

const DOWN_MS = 1_000;

/** SIGKILL to both nodes of a region at once, and their restart. */
export const homeRegionKilled: Scenario = {
  name: "home-nodes-killed-and-restarted",
  claim: "leader and synchronous peer, killed at once, come back with everything they had acknowledged",
  run: (cluster) =>
    underLoad(cluster, async (experiment) => {
      const client = cluster.client("new-york");
      const { shardId, generation, leader, syncPeer } = await shardAtHome(client, "madrid");
      const both = [leader, syncPeer];
      await experiment.fault(() => Promise.all(both.map((name) => cluster.processes.kill(name))));
      await experiment.pass(DOWN_MS);
      await Promise.all(both.map((name) => cluster.processes.restart(name)));
      await experiment.untilWritten(shardId);
      const after = await shardById(client, shardId);
      expect(
        after.generation > generation,
        `generation ${after.generation} after a restart in ${generation}`,
      );
      return { secondsWithoutWrites: experiment.secondsWithoutWrites(shardId) };
    }),
};
