import { shardAtHome } from "../../support/cluster/shard-group.ts";
import { expectRefusedForPeer } from "../harness/peer-refusals.ts";
import { underLoad } from "../harness/under-load.ts";
import { expect, type Scenario } from "../scenario.ts";

/** Longer than the SDK tries, so that clients see the refusal. */
const DOWN_MS = 5_000;

/** SIGKILL to a synchronous peer under load, and its restart. */
export const syncPeerKilled: Scenario = {
  name: "sync-peer-killed-and-restarted",
  claim: "without its synchronous peer a shard acknowledges nothing and says so; with it, it goes on",
  run: (cluster) =>
    underLoad(cluster, async (experiment) => {
      const { shardId, syncPeer } = await shardAtHome(cluster.client("madrid"), "madrid");
      await experiment.fault(() => cluster.processes.kill(syncPeer));
      const down = await experiment.pass(DOWN_MS);
      expect(experiment.writes(shardId, down) === 0, "writes were acknowledged without the synchronous peer");
      expectRefusedForPeer(experiment, shardId, down);
      await cluster.processes.restart(syncPeer);
      await experiment.untilWritten(shardId);
      return { secondsWithoutWrites: experiment.secondsWithoutWrites(shardId) };
    }),
};
