import { shardAtHome, shardById } from "../../support/cluster/shard-group.ts";
import { underLoad } from "../harness/under-load.ts";
import { expect, type Scenario } from "../scenario.ts";

const DOWN_MS = 1_000;

/** SIGKILL to a leader, and its restart. */
export const leaderKilled: Scenario = {
  name: "leader-killed-and-restarted",
  claim: "a leader that was killed comes back under the next generation, with everything it had acknowledged",
  run: (cluster) =>
    underLoad(cluster, async (experiment) => {
      const client = cluster.client("madrid");
      const { shardId, generation, leader } = await shardAtHome(client, "madrid");
      await experiment.fault(() => cluster.processes.kill(leader));
      await experiment.pass(DOWN_MS);
      await cluster.processes.restart(leader);
      await experiment.untilWritten(shardId);
      const after = await shardById(client, shardId);
      expect(after.leader === leader, `${after.leader} leads instead of ${leader}`);
      expect(
        after.generation === generation + 1,
        `generation ${after.generation} follows ${generation}, one restart later`,
      );
      return { secondsWithoutWrites: experiment.secondsWithoutWrites(shardId) };
    }),
};
