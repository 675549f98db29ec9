import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Measurement } from "../bench.ts";
import { AMOUNT_MINOR_MAX } from "../load/bench-issuers.ts";
import type { Distribution } from "../load/issuer-choice.ts";
import { latencyMetrics } from "../measure/latency-metrics.ts";
import { LatencyHistogram } from "../measure/latency-histogram.ts";
import type { PostgresqlCluster } from "./postgresql-cluster.ts";

/** A load that pgbench puts on PostgreSQL. */
export interface PgbenchLoad {
  readonly name: string;
  readonly clients: number;
  /** Reserves in one statement; 1 for single calls. */
  readonly batchSize: number;
  readonly seconds: number;
  readonly seed: number;
  readonly issuers: Distribution;
  readonly issuerCount: number;
}

const LOG_PREFIX = "transactions";
const THREADS = 2;
const ZIPF_EXPONENT = 1.05;
/** Column of a transaction's time in pgbench's log, microseconds. */
const MICROS_COLUMN = 2;

/** Runs pgbench with prepared statements and reads the latency of every transaction from its log. */
export async function runPgbench(cluster: PostgresqlCluster, load: PgbenchLoad): Promise<Measurement> {
  const { directory } = cluster;
  writeFileSync(join(directory, "reserve.pgbench"), scriptOf(load));
  const threads = Math.min(THREADS, load.clients);
  const args =
    `-M prepared -n -U postgres -f reserve.pgbench -c ${load.clients} -j ${threads} -T ${load.seconds} ` +
    `--random-seed ${load.seed} -l --log-prefix=${LOG_PREFIX}`;
  await cluster.run("pgbench", args.split(" "));
  const latency = new LatencyHistogram();
  for (const name of readdirSync(directory).filter((file) => file.startsWith(`${LOG_PREFIX}.`))) {
    readTransactions(readFileSync(join(directory, name), "utf8"), load.batchSize, latency);
    rmSync(join(directory, name));
  }
  const reservationsPerSecond = latency.count / load.seconds;
  return { name: load.name, metrics: { reservationsPerSecond, ...latencyMetrics(latency) }, latency };
}

/** Adds the transactions of a log of pgbench. @param records that each of them made */
export function readTransactions(log: string, records: number, latency: LatencyHistogram): void {
  for (const line of log.split("\n")) {
    const micros = Number(line.split(" ")[MICROS_COLUMN]);
    if (micros > 0) latency.record(micros / 1000, records);
  }
}

/** The script of one transaction. */
export function scriptOf({ batchSize, issuers, issuerCount }: PgbenchLoad): string {
  if (batchSize > 1) return `select reserve_batch(${batchSize}, ${issuerCount});\n`;
  const draw = {
    uniform: `random(1, ${issuerCount})`,
    zipf: `random_zipfian(1, ${issuerCount}, ${ZIPF_EXPONENT})`,
    hot: `case when random(1, 10) <= 9 then 1 else random(1, ${issuerCount}) end`,
  }[issuers];
  return `\\set issuer ${draw}
\\set amount random(1, ${AMOUNT_MINOR_MAX})
select reserve('BENCH-' || lpad(:issuer::text, 5, '0'), new_token(), :amount, 'GOV', 't1');
`;
}
