// How close do plain unary reserves come to what gRPC itself can carry over the same hops?
import { bench, type Measurement } from "./bench.ts";
import { HOME_REGION } from "./cluster/bench-cluster.ts";
import { withCluster } from "./cluster/with-cluster.ts";
import { echoCalls } from "./echo/echo-calls.ts";
import { EchoChain } from "./echo/echo-chain.ts";
import { PlainClient } from "./echo/plain-client.ts";
import { measureCallers } from "./load/measured-callers.ts";
import { plainReserves } from "./load/plain-reserves.ts";
import { median } from "./measure/stats.ts";

/** Client to router, router to leader. What the leader does then, replication included, is the store's own work. */
const HOPS = 2;

/** The library's own client against the router, in turns with an echo over as many hops. */
export const reserveUnary = bench({
  name: "reserve-unary",
  question: "How close do plain unary reserves come to what gRPC itself can carry over the same hops?",
  flags: {
    seconds: 5,
    warmupSeconds: 2,
    seed: 1,
    issuers: "zipf",
    issuerCount: 300,
    shards: 4,
    callers: [64],
    rounds: 3,
  },
  run: (run) =>
    withCluster(run, async ({ cluster, load, loads }) => {
      const { flags, clock, say } = run;
      const chain = await EchoChain.start(HOPS);
      const [echo, store] = [new PlainClient(chain.address), new PlainClient(cluster.endpoint(HOME_REGION))];
      const measurements: Measurement[] = [];
      const ratios: number[] = [];
      try {
        for (const callers of flags.callers) {
          for (let round = 1; round <= flags.rounds; round++) {
            say(`${callers} callers, round ${round} of ${flags.rounds}`);
            const name = `callers${callers}Round${round}`;
            const ceiling = await measureCallers(`${name}Echo`, echoCalls(echo), callers, flags, clock);
            const reached = await loads(flags).closedLoop(
              `${name}Reserve`,
              plainReserves(load, store),
              callers,
            );
            measurements.push(ceiling, reached);
            ratios.push(reached.metrics.reservationsPerSecond / ceiling.metrics.callsPerSecond);
          }
        }
      } finally {
        for (const client of [echo, store]) client.close();
        await chain.stop();
      }
      const reserves = measurements.filter(({ name }) => name.endsWith("Reserve"));
      const medianOf = (metric: string): number => median(reserves.map(({ metrics }) => metrics[metric]));
      const headline = {
        reservationsPerSecond: medianOf("reservationsPerSecond"),
        p50Ms: medianOf("p50Ms"),
        p99Ms: medianOf("p99Ms"),
        cpuMicros: medianOf("cpuMicros"),
        ratioToTransportCeiling: median(ratios),
      };
      return { headline, measurements, remarks: [] };
    }),
});
