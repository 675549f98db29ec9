import { shardAtHome, shardById } from "../../support/cluster/shard-group.ts";
import { expectRefusedForPeer } from "../harness/peer-refusals.ts";
import { underLoad } from "../harness/under-load.ts";
import { expect, type Scenario } from "../scenario.ts";

/** A silent follower is given up after 5 s; then the SDK tries for 3 s more before a client hears of it. */
const STOPPED_MS = 10_000;

/** SIGSTOP to a synchronous peer, and SIGCONT. */
export const syncPeerStopped: Scenario = {
  name: "sync-peer-stopped-and-continued",
  claim: "a synchronous peer that stands still stops its shard; when it goes on, so does the shard",
  run: (cluster) =>
    underLoad(cluster, async (experiment) => {
      const client = cluster.client("madrid");
      const { shardId, generation, syncPeer } = await shardAtHome(client, "madrid");
      await experiment.fault(() => cluster.processes.signal(syncPeer, "SIGSTOP"));
      const stopped = await experiment.pass(STOPPED_MS);
      expect(experiment.writes(shardId, stopped) === 0, "writes were acknowledged while the peer stood still");
      expectRefusedForPeer(experiment, shardId, stopped);
      await cluster.processes.signal(syncPeer, "SIGCONT");
      await experiment.untilWritten(shardId);
      const after = await shardById(client, shardId);
      expect(after.generation === generation, `the pause made generation ${after.generation} of ${generation}`);
      return { secondsWithoutWrites: experiment.secondsWithoutWrites(shardId) };
    }),
};
