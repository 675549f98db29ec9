import { shardAtHome, shardById } from "../../support/cluster/shard-group.ts";
import { expectWithin, IN_REGION_SECONDS_MAX } from "../harness/protocol-bounds.ts";
import { underLoad } from "../harness/under-load.ts";
import { expect, type Scenario } from "../scenario.ts";

const THAWED_MS = 2_000;

/** SIGSTOP to a synchronous peer until the shard goes on without it, and SIGCONT. */
export const syncPeerStopped: Scenario = {
  name: "sync-peer-stopped-and-continued",
  claim:
    "another node takes the place of a synchronous peer that stands still, which catches up when it goes on",
  run: (cluster) =>
    underLoad(cluster, async (experiment) => {
      const client = cluster.client("madrid");
      const { shardId, syncPeer } = await shardAtHome(client, "madrid");
      await experiment.fault(() => cluster.processes.signal(syncPeer, "SIGSTOP"));
      await experiment.untilWritten(shardId);
      const secondsWithoutWrites = experiment.secondsWithoutWrites(shardId);
      const after = await shardById(client, shardId);
      expect(after.syncPeer !== syncPeer, `${syncPeer} is still counted on`);
      await cluster.processes.signal(syncPeer, "SIGCONT");
      await experiment.pass(THAWED_MS);
      expectWithin(secondsWithoutWrites, IN_REGION_SECONDS_MAX);
      return { secondsWithoutWrites };
    }),
};
