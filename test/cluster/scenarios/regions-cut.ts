import { shardAtHome } from "../../support/cluster/shard-group.ts";
import { cutRegions, healRegions } from "../../support/cluster/wan-faults.ts";
import { underLoad } from "../harness/under-load.ts";
import { expectUninterrupted } from "../harness/uninterrupted.ts";
import type { Scenario } from "../scenario.ts";

const CUT_MS = 6_000;

/** The WAN between the regions loses everything for a while; both still reach the metadata service. */
export const regionsCut: Scenario = {
  name: "regions-cut-and-healed",
  claim: "each region goes on writing to the shards at home in it; after healing the replicas abroad catch up",
  run: (cluster) =>
    underLoad(cluster, async (experiment) => {
      const client = cluster.client("madrid");
      const shards = await Promise.all(cluster.regions.map((region) => shardAtHome(client, region)));
      await experiment.fault(() => cutRegions(cluster));
      const cut = await experiment.pass(CUT_MS);
      for (const { shardId } of shards) expectUninterrupted(experiment, shardId, cut);
      const gaps = shards.map(({ shardId }) => experiment.secondsWithoutWrites(shardId));
      await healRegions(cluster);
      for (const { shardId } of shards) await experiment.untilWritten(shardId);
      return { secondsWithoutWrites: Math.max(...gaps) };
    }),
};
