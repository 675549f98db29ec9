// What does throughput lose when the same load spreads over more shards?
import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { bench, type Measurement } from "./bench.ts";
import { CertainBatches } from "./cluster/certain-batches.ts";
import { withCluster } from "./cluster/with-cluster.ts";
import { batchReserves } from "./load/batch-reserves.ts";

const BATCH = 8192;
const CALLERS = 4;
/** Issuers are placed on the shard that has the fewest, so that every shard gets its share. */
const ISSUERS_PER_SHARD = 4;
/** The number of shards that others are compared with. */
const REFERENCE_SHARDS = 4;

/** A fresh cluster for every number of shards, all under the same batches. */
export const shardScaling = bench({
  name: "shard-scaling",
  question: "What does throughput lose when the same load spreads over more shards?",
  flags: {
    seconds: 10,
    warmupSeconds: 3,
    seed: 1,
    issuers: "uniform",
    issuerCount: 300,
    shardCounts: [1, 4, 16, 64, 256],
  },
  run: async (run) => {
    const { flags, say } = run;
    const measurements: Measurement[] = [];
    const auditFindings: string[] = [];
    for (const shards of flags.shardCounts) {
      const directory = join(run.directory, `shards-${shards}`);
      mkdirSync(directory);
      const issuerCount = Math.max(flags.issuerCount, shards * ISSUERS_PER_SHARD);
      const found = await withCluster(
        { ...run, directory, flags: { ...flags, shards, issuerCount } },
        async (on) => {
          say(`${shards} shards under ${CALLERS} batches of ${BATCH}`);
          const reserves = batchReserves(on.load, BATCH, new CertainBatches(on.cluster.client).submit);
          return {
            headline: {},
            measurements: [await on.loads(flags).closedLoop(`shards${shards}`, reserves, CALLERS)],
            remarks: [],
          };
        },
      );
      rmSync(directory, { recursive: true });
      measurements.push(...found.measurements);
      auditFindings.push(...found.auditFindings.map((finding) => `${shards} shards: ${finding}`));
    }
    return {
      headline: headlineOf(measurements, flags.shardCounts),
      measurements,
      remarks: [],
      auditFindings,
    };
  },
});

/** Throughput of every number of shards as a share of the reference's, where it was measured. */
function headlineOf(measurements: readonly Measurement[], counts: readonly number[]): Record<string, number> {
  const rates = measurements.map(({ metrics }) => metrics.reservationsPerSecond);
  const reference = rates[counts.indexOf(REFERENCE_SHARDS)];
  if (reference === undefined) return {};
  const shares = counts.map((shards, i) => [
    `shards${shards}RatioTo${REFERENCE_SHARDS}`,
    rates[i] / reference,
  ]);
  return { reservationsPerSecond: reference, ...Object.fromEntries(shares) };
}
