import { shardAtHome, shardById } from "../../support/cluster/shard-group.ts";
import { expectWithin, IN_REGION_SECONDS_MAX } from "../harness/protocol-bounds.ts";
import { underLoad } from "../harness/under-load.ts";
import { expect, type Scenario } from "../scenario.ts";

/** SIGKILL to a leader, and its restart. */
export const leaderKilled: Scenario = {
  name: "leader-killed-and-restarted",
  claim: "the synchronous peer takes over from a leader that was killed, which returns as a follower",
  run: (cluster) =>
    underLoad(cluster, async (experiment) => {
      const client = cluster.client("madrid");
      const { shardId, generation, leader, syncPeer } = await shardAtHome(client, "madrid");
      await experiment.fault(() => cluster.processes.kill(leader));
      await experiment.untilWritten(shardId);
      const secondsWithoutWrites = experiment.secondsWithoutWrites(shardId);
      const after = await shardById(client, shardId);
      expect(after.leader === syncPeer, `${after.leader} leads, and not ${syncPeer}`);
      expect(after.generation > generation, `still generation ${after.generation}`);
      await cluster.processes.restart(leader);
      expectWithin(secondsWithoutWrites, IN_REGION_SECONDS_MAX);
      return { secondsWithoutWrites };
    }),
};
