// How fast does a store come back: from its checkpoint, from nothing but its log, and as a node that was killed?
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { awaitWritable } from "../cli/cluster/await-writable.ts";
import type { Clock } from "../common/clock.ts";
import { bench, type Measurement } from "./bench.ts";
import type { BenchCluster } from "./cluster/bench-cluster.ts";
import { CertainBatches } from "./cluster/certain-batches.ts";
import { withCluster } from "./cluster/with-cluster.ts";
import { preload } from "./load/preload.ts";
import { FilledShard } from "./local/filled-shard.ts";

/** The node that leads the loaded shards of even turns and follows the others. */
const NODE = "madrid-1";
const WRITABLE_MS_MAX = 120_000;

/** One shard in this process, opened twice; then a node of a cluster under SIGKILL. */
export const replayRestart = bench({
  name: "replay-restart",
  question:
    "How fast does a store come back: from its checkpoint, from nothing but its log, and as a node that was killed?",
  flags: {
    seed: 1,
    issuers: "zipf",
    issuerCount: 300,
    shards: 4,
    records: 2_000_000,
  },
  run: async (run) => {
    const { flags, clock, say } = run;
    const [alone, clustered] = [join(run.directory, "shard"), join(run.directory, "cluster")];
    for (const directory of [alone, clustered]) mkdirSync(directory);
    say(`filling a shard with ${flags.records} reserves`);
    const shard = await FilledShard.fill(flags, flags.records, alone, clock);
    const checkpoint = await shard.openFromCheckpoint();
    const log = await shard.openFromLog();
    const openings = {
      openMs: checkpoint.ms,
      replayMs: log.ms,
      replayedRecordsPerSecond: (shard.reserves / log.ms) * 1000,
    };
    const found = await withCluster({ ...run, directory: clustered }, async ({ cluster, load }) => {
      say(`filling a cluster with ${flags.records} reserves`);
      await preload(load, flags.records, new CertainBatches(cluster.client).submit);
      say(`killing ${NODE}`);
      const restart = await restartAfterKill(cluster, flags.shards, clock);
      return { headline: {}, measurements: [{ name: "restart", metrics: restart }], remarks: [] };
    });
    const measurements: Measurement[] = [{ name: "shard", metrics: openings }, ...found.measurements];
    const headline = Object.fromEntries(measurements.flatMap(({ metrics }) => Object.entries(metrics)));
    const auditFindings = [...checkpoint.auditFindings, ...log.auditFindings, ...found.auditFindings];
    return { headline, measurements, remarks: [], auditFindings };
  },
});

/** Kills a node and starts it again. @returns how long until it serves, and until all shards take writes */
async function restartAfterKill(
  { cluster, client }: BenchCluster,
  shards: number,
  clock: Clock,
): Promise<Record<string, number>> {
  await cluster.kill(NODE);
  const startMs = clock.monotonicMs();
  await cluster.restart(NODE);
  const servingMs = clock.monotonicMs() - startMs;
  await awaitWritable(client, shards * Object.keys(cluster.endpoints).length, WRITABLE_MS_MAX, clock);
  return { servingMs, writableMs: clock.monotonicMs() - startMs };
}
