import { ReservationService } from "../../../proto/gen/harborpoint/reservation/v1/reservation_pb.ts";
import { RawClient } from "../../support/raw-client.ts";
import { shardAtHome, shardById } from "../../support/cluster/shard-group.ts";
import type { TestCluster } from "../../support/cluster/test-cluster.ts";
import { expectWithin, IN_REGION_SECONDS_MAX } from "../harness/protocol-bounds.ts";
import { underLoad } from "../harness/under-load.ts";
import { expect, type Scenario } from "../scenario.ts";

/** What a deposed leader may still do after it thaws must happen now, under load. */
const THAWED_MS = 2_000;

/** SIGSTOP to a leader until another one has taken over, and SIGCONT. */
export const leaderStopped: Scenario = {
  name: "leader-stopped-and-continued",
  claim:
    "a leader that stood still while another one took over answers neither writes nor linearizable reads",
  run: (cluster) =>
    underLoad(cluster, async (experiment) => {
      const client = cluster.client("madrid");
      const { shardId, generation, leader } = await shardAtHome(client, "madrid");
      await experiment.fault(() => cluster.processes.signal(leader, "SIGSTOP"));
      await experiment.untilWritten(shardId);
      const secondsWithoutWrites = experiment.secondsWithoutWrites(shardId);
      const after = await shardById(client, shardId);
      expect(after.generation > generation && after.leader !== leader, `${leader} is still said to lead`);
      await cluster.processes.signal(leader, "SIGCONT");
      await expectDeposed(cluster, leader, experiment.issuerOn(shardId));
      await experiment.pass(THAWED_MS);
      expectWithin(secondsWithoutWrites, IN_REGION_SECONDS_MAX);
      return { secondsWithoutWrites };
    }),
};

/** The node itself, asked past every router for the newest state, refuses. */
async function expectDeposed(cluster: TestCluster, node: string, issuerId: string): Promise<void> {
  const client = new RawClient(cluster.addressOf(node, "--listen"));
  const answer = await client.call(ReservationService.method.getExposure, { issuerId });
  client.close();
  const reason = answer.ok ? "an answer" : (answer.status.info?.reason ?? answer.status.message);
  expect(!answer.ok && reason === "NOT_LEADER", `the deposed leader gave ${reason} to a linearizable read`);
}
