// How does the store compare with PostgreSQL on the same work on the same machine?
import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { type BenchRun, bench, type Measurement } from "./bench.ts";
import { CertainBatches } from "./cluster/certain-batches.ts";
import { withCluster } from "./cluster/with-cluster.ts";
import { batchReserves } from "./load/batch-reserves.ts";
import { benchIssuers } from "./load/bench-issuers.ts";
import { singleReserves } from "./load/single-reserves.ts";
import { median } from "./measure/stats.ts";
import { runPgbench } from "./peers/pgbench.ts";
import { PostgresqlCluster } from "./peers/postgresql-cluster.ts";

type Run = BenchRun<
  | "seconds"
  | "warmupSeconds"
  | "seed"
  | "issuers"
  | "issuerCount"
  | "shards"
  | "callers"
  | "batchSizes"
  | "rounds"
>;

/** What one system came to in one turn. */
interface Turn {
  readonly measurements: readonly Measurement[];
  readonly auditFindings: readonly string[];
}

/** Batches of the store under way; of PostgreSQL only one, since two would wait for each other's locks. */
const BATCHES_AT_ONCE = 4;

/**
 * Single reserves and batches against the store (leader, synchronous peer, copies abroad) and
 * PostgreSQL (primary, synchronous standby, asynchronous standby), in turns, each alone on the machine.
 */
export const peers = bench({
  name: "peers",
  question: "How does the store compare with PostgreSQL on the same work on the same machine?",
  flags: {
    seconds: 10,
    warmupSeconds: 3,
    seed: 1,
    issuers: "uniform",
    issuerCount: 300,
    shards: 4,
    callers: [1, 16, 64],
    batchSizes: [1000, 8192],
    rounds: 2,
  },
  run: async (run: Run) => {
    const turns: { readonly store: Turn; readonly postgresql: Turn }[] = [];
    for (let round = 1; round <= run.flags.rounds; round++) {
      run.say(`round ${round} of ${run.flags.rounds}`);
      const postgresql = await postgresqlTurn(run);
      turns.push({ postgresql, store: await storeTurn(run, round) });
    }
    const of = (side: "store" | "postgresql"): Measurement[] =>
      turns.flatMap((turn) => turn[side].measurements);
    const names = turns[0].store.measurements.map(({ name }) => name);
    const headline: Record<string, number> = Object.fromEntries(
      names.flatMap((name) => comparison(name, of("store"), of("postgresql"))),
    );
    const most = `callers${Math.max(...run.flags.callers)}RatioToPostgresql`;
    headline.ratioToPostgresql = headline[most];
    const measurements = turns.flatMap(({ store, postgresql }, i) => [
      ...numbered(postgresql.measurements, "postgresql", i + 1),
      ...numbered(store.measurements, "harborpoint", i + 1),
    ]);
    const auditFindings = turns.flatMap(({ store, postgresql }) => [
      ...store.auditFindings,
      ...postgresql.auditFindings,
    ]);
    return { headline, measurements, remarks: [], auditFindings };
  },
});

async function storeTurn(run: Run, round: number): Promise<Turn> {
  const { flags, say } = run;
  const directory = join(run.directory, `round-${round}`);
  mkdirSync(directory);
  const found = await withCluster({ ...run, directory }, async ({ cluster, load, loads }) => {
    const measurements: Measurement[] = [];
    const singles = singleReserves(load, (input) => cluster.client.reserve(input));
    for (const callers of flags.callers) {
      say(`harborpoint, ${callers} callers`);
      measurements.push(await loads(flags).closedLoop(`callers${callers}`, singles, callers));
    }
    const { submit } = new CertainBatches(cluster.client);
    for (const size of flags.batchSizes) {
      say(`harborpoint, batches of ${size}`);
      const batches = batchReserves(load, size, submit);
      measurements.push(await loads(flags).closedLoop(`batch${size}`, batches, BATCHES_AT_ONCE));
    }
    return { headline: {}, measurements, remarks: [] };
  });
  rmSync(directory, { recursive: true });
  return found;
}

async function postgresqlTurn({ flags, say }: Run): Promise<Turn> {
  const cluster = await PostgresqlCluster.start(benchIssuers(flags.issuerCount), say);
  try {
    const measurements: Measurement[] = [];
    for (const clients of flags.callers) {
      say(`PostgreSQL, ${clients} clients`);
      measurements.push(
        await runPgbench(cluster, { ...flags, name: `callers${clients}`, clients, batchSize: 1 }),
      );
    }
    for (const batchSize of flags.batchSizes) {
      say(`PostgreSQL, batches of ${batchSize}`);
      measurements.push(
        await runPgbench(cluster, { ...flags, name: `batch${batchSize}`, clients: 1, batchSize }),
      );
    }
    say("auditing PostgreSQL");
    return { measurements, auditFindings: auditPostgresql(await cluster.sums(), measurements) };
  } finally {
    await cluster.stop();
  }
}

function auditPostgresql(
  { recorded, wrongIssuers }: { readonly recorded: number; readonly wrongIssuers: number },
  measurements: readonly Measurement[],
): string[] {
  const answered = measurements.reduce((sum, { latency }) => sum + (latency?.count ?? 0), 0);
  const findings: string[] = [];
  if (wrongIssuers > 0)
    findings.push(`PostgreSQL: ${wrongIssuers} issuers are oversold or their sums do not add up`);
  if (recorded < answered)
    findings.push(`PostgreSQL: ${answered} reserves were answered, ${recorded} are recorded`);
  return findings;
}

/** Medians of one load side by side. */
function comparison(
  name: string,
  store: readonly Measurement[],
  postgresql: readonly Measurement[],
): [string, number][] {
  const medianOf = (measurements: readonly Measurement[], metric: string): number =>
    median(measurements.filter((each) => each.name === name).map(({ metrics }) => metrics[metric]));
  const rate = medianOf(store, "reservationsPerSecond");
  const theirs = medianOf(postgresql, "reservationsPerSecond");
  return [
    [`${name}ReservationsPerSecond`, rate],
    [`${name}PostgresqlPerSecond`, theirs],
    [`${name}RatioToPostgresql`, rate / theirs],
    [`${name}P99Ms`, medianOf(store, "p99Ms")],
    [`${name}PostgresqlP99Ms`, medianOf(postgresql, "p99Ms")],
  ];
}

function numbered(measurements: readonly Measurement[], system: string, round: number): Measurement[] {
  return measurements.map((each) => ({
    ...each,
    name: `${system}${each.name[0].toUpperCase()}${each.name.slice(1)}Round${round}`,
  }));
}
