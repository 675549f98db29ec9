import { shardAtHome, shardById } from "../../support/cluster/shard-group.ts";
import { underLoad } from "../harness/under-load.ts";
import { expect, type Scenario } from "../scenario.ts";

/** Longer than any watchdog waits for a sign of life. */
const STOPPED_MS = 4_000;

/** SIGSTOP to a leader, and SIGCONT. */
export const leaderStopped: Scenario = {
  name: "leader-stopped-and-continued",
  claim: "a leader that stood still goes on in its generation; what it could not answer is resolved by token",
  run: (cluster) =>
    underLoad(cluster, async (experiment) => {
      const client = cluster.client("madrid");
      const { shardId, generation, leader } = await shardAtHome(client, "madrid");
      await experiment.fault(() => cluster.processes.signal(leader, "SIGSTOP"));
      const stopped = await experiment.pass(STOPPED_MS);
      expect(experiment.writes(shardId, stopped) === 0, "writes were acknowledged while the leader stood still");
      await cluster.processes.signal(leader, "SIGCONT");
      await experiment.untilWritten(shardId);
      const after = await shardById(client, shardId);
      expect(after.generation === generation, `the pause made generation ${after.generation} of ${generation}`);
      return { secondsWithoutWrites: experiment.secondsWithoutWrites(shardId) };
    }),
};
