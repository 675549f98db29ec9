// How many reserves a second does a whole cluster take in prepared batches, and how long do they wait?
import { bench, type Measurement } from "./bench.ts";
import { CertainBatches } from "./cluster/certain-batches.ts";
import { withCluster } from "./cluster/with-cluster.ts";
import { batchReserves } from "./load/batch-reserves.ts";

/** Batches under way in the closed loop: enough that the leaders never wait for the client. */
const CALLERS = 4;
/** Batches of the open loop: a few milliseconds' worth of requests, as a gateway would gather them. */
const OPEN_LOOP_BATCH = 1024;
/** Share of the peak at which a search for the capacity begins. */
const SEARCH_FROM = 0.5;

/** Client, router, leaders, synchronous peers and copies abroad as processes of their own. */
export const reserveStream = bench({
  name: "reserve-stream",
  question:
    "How many reserves a second does a whole cluster take in prepared batches, and how long do they wait?",
  flags: {
    seconds: 10,
    warmupSeconds: 3,
    seed: 1,
    issuers: "zipf",
    issuerCount: 300,
    shards: 4,
    batchSizes: [8192],
    rate: 250_000,
    slo: undefined,
  },
  run: (run) =>
    withCluster(run, async ({ cluster, load, loads }) => {
      const { flags, say } = run;
      const { submit } = new CertainBatches(cluster.client);
      const measurements: Measurement[] = [];
      for (const size of flags.batchSizes) {
        say(`closed loop, ${CALLERS} batches of ${size} under way`);
        measurements.push(
          await loads(flags).closedLoop(`batch${size}ClosedLoop`, batchReserves(load, size, submit), CALLERS),
        );
      }
      const [best] = measurements.toSorted(
        (a, b) => b.metrics.reservationsPerSecond - a.metrics.reservationsPerSecond,
      );
      const reserves = batchReserves(load, OPEN_LOOP_BATCH, submit);
      say(`open loop at ${flags.rate}/s in batches of ${OPEN_LOOP_BATCH}`);
      const { saturation, ...openLoop } = await loads(flags).openLoop("openLoop", reserves, flags.rate);
      measurements.push(openLoop);
      const headline = {
        ...headlineOf(best),
        openLoopP50Ms: openLoop.metrics.p50Ms,
        openLoopP99Ms: openLoop.metrics.p99Ms,
      };
      const remarks = saturation === undefined ? [] : [saturation];
      if (flags.slo === undefined) return { headline, measurements, remarks };
      say(`searching the rate that keeps p${flags.slo.percentile} ≤ ${flags.slo.ms} ms`);
      const startPerSecond = best.metrics.reservationsPerSecond * SEARCH_FROM;
      const capacity = await loads(flags).search(reserves, flags.slo, startPerSecond);
      return { headline: { ...headline, capacityPerSecond: capacity.perSecond }, measurements, remarks };
    }),
});

function headlineOf({ metrics }: Measurement): Record<string, number> {
  const { reservationsPerSecond, p50Ms, p99Ms, cpuMicros, nodeRssBytesMax, remoteLagMsMax } = metrics;
  return { reservationsPerSecond, p50Ms, p99Ms, cpuMicros, nodeRssBytesMax, remoteLagMsMax };
}
