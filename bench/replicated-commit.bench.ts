// What does replication add to a commit, when clients speak to the leader's node without a router?
import { HarborpointClient } from "../client/index.ts";
import { bench, type Measurement } from "./bench.ts";
import type { BenchCluster } from "./cluster/bench-cluster.ts";
import { CertainBatches } from "./cluster/certain-batches.ts";
import { withCluster } from "./cluster/with-cluster.ts";
import { batchReserves } from "./load/batch-reserves.ts";

/** Batches under way at most: a full frame in flight and more than one behind it. */
const ROWS_UNDER_WAY = 16_384;
const CALLERS_MAX = 64;
const CALLERS_MIN = 2;

/** One shard: its leader's node, the synchronous peer and the copies abroad, as processes over gRPC. */
export const replicatedCommit = bench({
  name: "replicated-commit",
  question:
    "What does replication add to a commit, when clients speak to the leader's node without a router?",
  flags: {
    seconds: 5,
    warmupSeconds: 2,
    seed: 1,
    issuers: "zipf",
    issuerCount: 300,
    shards: 1,
    batchSizes: [1, 64, 1024, 8192],
  },
  run: (run) =>
    withCluster(run, async ({ cluster, load, loads }) => {
      const { flags, say } = run;
      const client = new HarborpointClient({
        endpoints: [await leaderAddress(cluster)],
        rowsInFlightMax: 1 << 17,
      });
      const { submit } = new CertainBatches(client);
      const measurements: Measurement[] = [];
      for (const size of flags.batchSizes) {
        const callers = Math.min(CALLERS_MAX, Math.max(CALLERS_MIN, Math.ceil(ROWS_UNDER_WAY / size)));
        say(`batches of ${size}: one caller, then ${callers}`);
        const reserves = batchReserves(load, size, submit);
        measurements.push(await loads(flags).closedLoop(`batch${size}Alone`, reserves, 1));
        measurements.push(await loads(flags).closedLoop(`batch${size}Pipelined`, reserves, callers));
      }
      client.close();
      const [best] = measurements.toSorted(
        (a, b) => b.metrics.reservationsPerSecond - a.metrics.reservationsPerSecond,
      );
      const { reservationsPerSecond, p50Ms, p99Ms, cpuMicros } = best.metrics;
      const headline = {
        reservationsPerSecond,
        p50Ms,
        p99Ms,
        cpuMicros,
        loneCommitP50Ms: measurements[0].metrics.p50Ms,
      };
      return { headline, measurements, remarks: [] };
    }),
});

/** Address of the node that leads the issuers' shard. */
async function leaderAddress({ client }: BenchCluster): Promise<string> {
  const { nodes, shards } = await client.cluster.status();
  const leader = shards.find(({ config }) => config?.shardId === 0)?.config?.leader;
  const address = nodes.find(({ info }) => info?.nodeId === leader)?.info?.address;
  if (address === undefined) throw new Error("the leader of shard 0 is not known");
  return address;
}
