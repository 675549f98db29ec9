import { setTimeout as sleep } from "node:timers/promises";
import { shardAtHome, shardById } from "../../support/cluster/shard-group.ts";
import { underLoad } from "../harness/under-load.ts";
import { expect, type Scenario } from "../scenario.ts";

/** Long enough for writes to pile up behind the peer, too short for anybody to be suspected. */
const PEER_STOPPED_MS = 700;

/** A leader dies with records that its peer never got; the peer takes over, and the leader returns. */
export const divergentTail: Scenario = {
  name: "leader-returns-with-divergent-tail",
  claim:
    "records that only a dead leader held were acknowledged to nobody, and leave its log when it returns",
  run: (cluster) =>
    underLoad(cluster, async (experiment) => {
      const client = cluster.client("madrid");
      const { shardId, generation, leader, syncPeer } = await shardAtHome(client, "madrid");
      await experiment.fault(async () => {
        await cluster.processes.signal(syncPeer, "SIGSTOP");
        await sleep(PEER_STOPPED_MS);
        await cluster.processes.kill(leader);
        await cluster.processes.signal(syncPeer, "SIGCONT");
      });
      await experiment.untilWritten(shardId);
      const secondsWithoutWrites = experiment.secondsWithoutWrites(shardId);
      const after = await shardById(client, shardId);
      expect(after.generation > generation && after.leader === syncPeer, `${after.leader} leads`);
      await cluster.processes.restart(leader);
      return { secondsWithoutWrites };
    }),
};
