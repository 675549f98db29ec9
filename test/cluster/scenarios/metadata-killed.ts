import { shardAtHome } from "../../support/cluster/shard-group.ts";
import { expectRefusedForPeer } from "../harness/peer-refusals.ts";
import { underLoad } from "../harness/under-load.ts";
import { expectUninterrupted } from "../harness/uninterrupted.ts";
import { expect, type Scenario } from "../scenario.ts";

const DOWN_MS = 6_000;

/** SIGKILL to the metadata service, a node's restart meanwhile, and the service's restart. */
export const metadataKilled: Scenario = {
  name: "metadata-killed-and-restarted",
  claim: "writes go on without the metadata service, but no place in an ack set is filled, and no node joins",
  run: (cluster) =>
    underLoad(cluster, async (experiment) => {
      const client = cluster.client("madrid");
      const [untouched, booting] = await Promise.all([
        shardAtHome(client, "madrid"),
        shardAtHome(client, "new-york"),
      ]);
      await experiment.fault(() => cluster.processes.kill("metadata"));
      await experiment.fault(() => cluster.processes.kill(booting.syncPeer));
      let hasBooted = false;
      const boot = cluster.processes.restart(booting.syncPeer).then(() => {
        hasBooted = true;
      });
      const down = await experiment.pass(DOWN_MS);
      expect(!hasBooted, "a node served before it was let in");
      expect(experiment.writes(booting.shardId, down) === 0, "a node was counted on before it was let in");
      expectRefusedForPeer(experiment, booting.shardId, down);
      expectUninterrupted(experiment, untouched.shardId, down);
      const secondsWithoutWrites = experiment.secondsWithoutWrites(untouched.shardId);
      await cluster.processes.restart("metadata");
      await boot;
      await experiment.untilWritten(booting.shardId);
      return { secondsWithoutWrites };
    }),
};
