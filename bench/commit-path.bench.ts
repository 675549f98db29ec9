// How fast does one shard make reserves durable when nothing but its own disk is in the way?
import { join } from "node:path";
import { BATCH_ROWS_MAX } from "../common/batch/mutation-batch.ts";
import { bench, type Measurement } from "./bench.ts";
import { CommitPathLoad } from "./local/commit-path-load.ts";

/** Enough for a full frame in flight, a full one behind it, and what comes while both are answered. */
const PIPELINED_ROWS = 2 * BATCH_ROWS_MAX;
const PIPELINED_CALLERS_MAX = 64;
const PIPELINED_CALLERS_MIN = 2;

/** Engine, lane thread, log and disk of one shard that is alone in its ack set, without a network. */
export const commitPath = bench({
  name: "commit-path",
  question: "How fast does one shard make reserves durable when nothing but its own disk is in the way?",
  flags: {
    seconds: 5,
    warmupSeconds: 1,
    seed: 1,
    issuers: "zipf",
    issuerCount: 300,
    batchSizes: [1, 64, 1024, 4096, 8192],
  },
  run: async ({ flags, clock, directory, say }) => {
    const measurements: Measurement[] = [];
    const auditFindings: string[] = [];
    for (const size of flags.batchSizes) {
      const load = await CommitPathLoad.open(flags, join(directory, `batches-of-${size}`), clock);
      const callers = callersOf(size);
      say(`batches of ${size}: one caller, then ${callers}`);
      measurements.push(await load.measure(`batch${size}Alone`, size, 1));
      measurements.push(await load.measure(`batch${size}Pipelined`, size, callers));
      const findings = await load.audit();
      auditFindings.push(...findings.map((finding) => `batches of ${size}, ${finding}`));
    }
    return { headline: headline(measurements), measurements, remarks: [], auditFindings };
  },
});

/** Callers that keep the shard busy: rows for two frames, in no more batches than a router has open. */
function callersOf(size: number): number {
  const callers = Math.ceil(PIPELINED_ROWS / size);
  return Math.min(PIPELINED_CALLERS_MAX, Math.max(PIPELINED_CALLERS_MIN, callers));
}

/** The best throughput with its latencies, and the wait for the smallest commit when nothing else goes on. */
function headline(measurements: readonly Measurement[]): Record<string, number> {
  const [best] = measurements.toSorted(
    (a, b) => b.metrics.reservationsPerSecond - a.metrics.reservationsPerSecond,
  );
  const { reservationsPerSecond, p50Ms, p99Ms, cpuMicrosPerReservation } = best.metrics;
  const loneCommitP50Ms = measurements[0].metrics.p50Ms;
  return { reservationsPerSecond, p50Ms, p99Ms, cpuMicrosPerReservation, loneCommitP50Ms };
}
