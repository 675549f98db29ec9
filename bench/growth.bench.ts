// What does a reserve cost as the store grows?
import { bench, type Measurement } from "./bench.ts";
import { CertainBatches } from "./cluster/certain-batches.ts";
import { withCluster } from "./cluster/with-cluster.ts";
import { batchReserves } from "./load/batch-reserves.ts";

const BATCH = 8192;
const CALLERS = 4;
/** Bounds a run whose cluster has come to a halt. */
const MEASUREMENTS_MAX = 1_000;

/** One cluster under a load that goes on until it holds so many reservations. */
export const growth = bench({
  name: "growth",
  question: "What does a reserve cost as the store grows?",
  flags: {
    seconds: 5,
    warmupSeconds: 0,
    seed: 1,
    issuers: "zipf",
    issuerCount: 300,
    shards: 4,
    records: 10_000_000,
  },
  run: (run) =>
    withCluster(run, async ({ cluster, load, loads }) => {
      const { flags, say } = run;
      const reserves = batchReserves(load, BATCH, new CertainBatches(cluster.client).submit);
      const measurements: Measurement[] = [];
      while (load.told.recorded < flags.records && measurements.length < MEASUREMENTS_MAX) {
        const recordsBefore = load.told.recorded;
        say(`from ${recordsBefore} of ${flags.records} on`);
        const measured = await loads(flags).closedLoop(`from${recordsBefore}`, reserves, CALLERS);
        measurements.push({ ...measured, metrics: { recordsBefore, ...measured.metrics } });
      }
      return { headline: headlineOf(measurements), measurements, remarks: [] };
    }),
});

/** The end beside the beginning; the first measurement, in which code warms up, is left out if it can be. */
function headlineOf(measurements: readonly Measurement[]): Record<string, number> {
  const first = measurements[Math.min(1, measurements.length - 1)].metrics;
  const last = measurements[measurements.length - 1].metrics;
  return {
    reservationsPerSecond: last.reservationsPerSecond,
    p99Ms: last.p99Ms,
    cpuMicros: last.cpuMicros,
    nodeRssBytesMax: last.nodeRssBytesMax,
    ratioToBeginning: last.reservationsPerSecond / first.reservationsPerSecond,
  };
}
