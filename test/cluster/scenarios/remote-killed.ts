import { shardAtHome } from "../../support/cluster/shard-group.ts";
import { expectGateClosed } from "../harness/gate-closed.ts";
import { underLoad } from "../harness/under-load.ts";
import type { Scenario } from "../scenario.ts";

/** The gate closes within 5 s, and the SDK tries for 3 s more before a client hears of it. */
const DOWN_MS = 9_000;

/** SIGKILL to a remote replica, and its restart. */
export const remoteKilled: Scenario = {
  name: "remote-killed-and-restarted",
  claim:
    "without its remote replica a shard acknowledges no longer than the recovery point; it catches up from the log",
  run: (cluster) =>
    underLoad(cluster, async (experiment) => {
      const client = cluster.client("madrid");
      const shard = await shardAtHome(client, "madrid");
      // The same node leads the shard of its own region.
      const abroad = await shardAtHome(client, "new-york");
      const fromMs = experiment.nowMs();
      await experiment.fault(() => cluster.processes.kill(shard.remote));
      const { toMs } = await experiment.pass(DOWN_MS);
      await expectGateClosed(experiment, shard, { fromMs, toMs });
      await cluster.processes.restart(shard.remote);
      for (const { shardId } of [shard, abroad]) await experiment.untilWritten(shardId);
      return { secondsWithoutWrites: experiment.secondsWithoutWrites(shard.shardId) };
    }),
};
