import { setTimeout as sleep } from "node:timers/promises";
import { shardAtHome, shardById } from "../../support/cluster/shard-group.ts";
import { underLoad } from "../harness/under-load.ts";
import { expect, type Scenario } from "../scenario.ts";

/** A silent leader is suspected after 2 s: now its replacement has begun and is not done. */
const UNDER_WAY_MS = 2_500;

/** SIGKILL to the metadata service while it replaces a leader. */
export const coordinatorKilled: Scenario = {
  name: "coordinator-killed-during-failover",
  claim: "a failover whose coordinator is killed is finished by its successor",
  run: (cluster) =>
    underLoad(cluster, async (experiment) => {
      const client = cluster.client("madrid");
      const { shardId, generation, leader } = await shardAtHome(client, "madrid");
      await experiment.fault(() => cluster.processes.kill(leader));
      await sleep(UNDER_WAY_MS);
      await cluster.processes.kill("metadata");
      await cluster.processes.restart("metadata");
      await experiment.untilWritten(shardId);
      const secondsWithoutWrites = experiment.secondsWithoutWrites(shardId);
      const after = await shardById(client, shardId);
      expect(after.generation > generation && after.leader !== leader, `${after.leader} leads`);
      await cluster.processes.restart(leader);
      return { secondsWithoutWrites };
    }),
};
