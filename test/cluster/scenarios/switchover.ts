import { shardAtHome, shardById } from "../../support/cluster/shard-group.ts";
import { expectWithin, PLANNED_SECONDS_MAX } from "../harness/protocol-bounds.ts";
import { underLoad } from "../harness/under-load.ts";
import { expect, type Scenario } from "../scenario.ts";

/** A shard is handed to its synchronous peer and back. */
export const switchover: Scenario = {
  name: "switchover-and-back",
  claim: "a leader hands its shard over and gets it back, with nothing lost and hardly a pause",
  run: (cluster) =>
    underLoad(cluster, async (experiment) => {
      const client = cluster.client("madrid");
      const { shardId, leader, syncPeer } = await shardAtHome(client, "madrid");
      for (const targetNodeId of [syncPeer, leader]) {
        const { generation } = await shardById(client, shardId);
        await experiment.fault(() =>
          client.operations.switchover({ shardId, expectedGeneration: generation, targetNodeId }),
        );
        await experiment.untilLedBy(shardId, targetNodeId);
        await experiment.untilWritten(shardId);
      }
      const secondsWithoutWrites = experiment.secondsWithoutWrites(shardId);
      expect((await shardById(client, shardId)).leader === leader, `${leader} did not get its shard back`);
      expectWithin(secondsWithoutWrites, PLANNED_SECONDS_MAX);
      return { secondsWithoutWrites };
    }),
};
