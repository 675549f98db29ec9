import { shardAtHome, shardById } from "../../support/cluster/shard-group.ts";
import { expectWithin, IN_REGION_SECONDS_MAX } from "../harness/protocol-bounds.ts";
import { underLoad } from "../harness/under-load.ts";
import { expect, type Scenario } from "../scenario.ts";

/** SIGKILL to a synchronous peer under load, and its restart. */
export const syncPeerKilled: Scenario = {
  name: "sync-peer-killed-and-restarted",
  claim:
    "another node takes the place of a synchronous peer that was killed; nothing is acknowledged in between",
  run: (cluster) =>
    underLoad(cluster, async (experiment) => {
      const client = cluster.client("madrid");
      const { shardId, leader, syncPeer } = await shardAtHome(client, "madrid");
      await experiment.fault(() => cluster.processes.kill(syncPeer));
      await experiment.untilWritten(shardId);
      const secondsWithoutWrites = experiment.secondsWithoutWrites(shardId);
      const after = await shardById(client, shardId);
      expect(after.leader === leader, `${after.leader} leads, and not ${leader}`);
      expect(after.syncPeer !== syncPeer, `${syncPeer} is still counted on`);
      await cluster.processes.restart(syncPeer);
      expectWithin(secondsWithoutWrites, IN_REGION_SECONDS_MAX);
      return { secondsWithoutWrites };
    }),
};
