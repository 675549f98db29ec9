// How many single reserves a second does the SDK carry for concurrent callers, and what does one lone caller wait?
import { bench, type Measurement } from "./bench.ts";
import { withCluster } from "./cluster/with-cluster.ts";
import { echoCalls } from "./echo/echo-calls.ts";
import { EchoChain } from "./echo/echo-chain.ts";
import { PlainClient } from "./echo/plain-client.ts";
import { measureFsyncMs } from "./environment/fsync-probe.ts";
import { measureCallers } from "./load/measured-callers.ts";
import { singleReserves } from "./load/single-reserves.ts";

/** A caller that is alone waits for two round trips, to the router and on to the leader, and for one sync. */
const ROUND_TRIPS = 2;

/** `client.reserve()` of concurrent callers, which the SDK puts together into batches on one stream. */
export const reserveSdk = bench({
  name: "reserve-sdk",
  question:
    "How many single reserves a second does the SDK carry for concurrent callers, and what does one lone caller wait?",
  flags: {
    seconds: 10,
    warmupSeconds: 3,
    seed: 1,
    issuers: "zipf",
    issuerCount: 300,
    shards: 4,
    callers: [1, 16, 64],
  },
  run: (run) =>
    withCluster(run, async ({ cluster, load, loads }) => {
      const { flags, clock, directory, say } = run;
      const reserves = singleReserves(load, (input) => cluster.client.reserve(input));
      const measurements: Measurement[] = [];
      for (const callers of flags.callers) {
        say(`${callers} callers`);
        measurements.push(await loads(flags).closedLoop(`callers${callers}`, reserves, callers));
      }
      say("empty round trips beside it");
      const roundTrip = await measureRoundTrip({ ...flags, warmupSeconds: 1 }, clock);
      const fsyncMs = measureFsyncMs(directory, clock);
      const floorMs = fsyncMs + ROUND_TRIPS * roundTrip.metrics.p50Ms;
      const { reservationsPerSecond, p50Ms, p99Ms, cpuMicros } =
        measurements[measurements.length - 1].metrics;
      const lone = measurements[flags.callers.indexOf(1)]?.metrics.p50Ms;
      const loneCaller: Record<string, number> =
        lone === undefined ? {} : { loneCallerP50Ms: lone, loneCallerOverFloor: lone / floorMs };
      return {
        headline: {
          reservationsPerSecond,
          p50Ms,
          p99Ms,
          cpuMicros,
          ...loneCaller,
          floorMs,
          fsyncP50Ms: fsyncMs,
        },
        measurements: [...measurements, roundTrip],
        remarks: [],
      };
    }),
});

/** One caller of an empty echo over one hop. */
async function measureRoundTrip(
  times: Parameters<typeof measureCallers>[3],
  clock: Parameters<typeof measureCallers>[4],
): Promise<Measurement> {
  const chain = await EchoChain.start(1);
  const client = new PlainClient(chain.address);
  try {
    return await measureCallers("emptyRoundTrip", echoCalls(client, 0), 1, times, clock);
  } finally {
    client.close();
    await chain.stop();
  }
}
