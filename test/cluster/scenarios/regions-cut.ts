import { shardAtHome } from "../../support/cluster/shard-group.ts";
import { cutRegions, healRegions } from "../../support/cluster/wan-faults.ts";
import { expectGateClosed } from "../harness/gate-closed.ts";
import { underLoad } from "../harness/under-load.ts";
import type { Scenario } from "../scenario.ts";

/** The gate closes within 5 s, and the SDK tries for 3 s more before a client hears of it. */
const CUT_MS = 9_000;

/** The WAN between the regions loses everything for a while; both still reach the metadata service. */
export const regionsCut: Scenario = {
  name: "regions-cut-and-healed",
  claim:
    "regions that cannot see each other stop acknowledging at the recovery point; healed, they go on as one",
  run: (cluster) =>
    underLoad(cluster, async (experiment) => {
      const client = cluster.client("madrid");
      const shards = await Promise.all(cluster.regions.map((region) => shardAtHome(client, region)));
      const fromMs = experiment.nowMs();
      await experiment.fault(() => cutRegions(cluster));
      const { toMs } = await experiment.pass(CUT_MS);
      for (const shard of shards) await expectGateClosed(experiment, shard, { fromMs, toMs });
      await healRegions(cluster);
      for (const { shardId } of shards) await experiment.untilWritten(shardId);
      const gaps = shards.map(({ shardId }) => experiment.secondsWithoutWrites(shardId));
      return { secondsWithoutWrites: Math.max(...gaps) };
    }),
};
