import { HarborpointClient } from "../../../client/index.ts";
import { underLoad } from "../harness/under-load.ts";
import { expect, type Scenario } from "../scenario.ts";

const DOWN_MS = 4_000;

/** SIGKILL to a router, and its restart. */
export const routerKilled: Scenario = {
  name: "router-killed-and-restarted",
  claim: "a router holds nothing: the SDK resolves what it took along by token, through the other router",
  run: (cluster) =>
    underLoad(cluster, async (experiment) => {
      const killedMs = experiment.nowMs();
      await experiment.fault(() => cluster.processes.kill("router-madrid"));
      const down = await experiment.pass(DOWN_MS);
      const open = experiment.openAt("madrid", killedMs);
      expect(open.length > 0, "no call was open when the router was killed");
      const unresolved = open.filter(({ end }) => end.type !== "decided");
      expect(unresolved.length === 0, `${unresolved.length} of ${open.length} open calls got no decision`);
      const goneOn = experiment.writesFrom("madrid", down);
      expect(goneOn > 0, "Madrid's clients could not go on through the other router");
      await cluster.processes.restart("router-madrid");
      await expectServing(cluster.processes.endpoints["madrid"]);
      return { secondsWithoutWrites: experiment.secondsWithoutWritesFrom("madrid") };
    }),
};

/** The router by itself answers again. */
async function expectServing(address: string): Promise<void> {
  const client = new HarborpointClient({ endpoints: [address] });
  try {
    expect((await client.cluster.listShards()).length > 0, "the restarted router knows no shard");
  } finally {
    client.close();
  }
}
