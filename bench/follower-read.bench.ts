// What does a read cost in the region that holds only copies, under each contract?
import { setTimeout as sleep } from "node:timers/promises";
import { newToken, Session } from "../client/index.ts";
import { bench, type Measurement } from "./bench.ts";
import { type BenchCluster, REMOTE_REGION } from "./cluster/bench-cluster.ts";
import { CertainBatches } from "./cluster/certain-batches.ts";
import { withCluster } from "./cluster/with-cluster.ts";
import { exposureReads } from "./load/exposure-reads.ts";
import { preload } from "./load/preload.ts";
import type { ReserveLoad } from "./load/reserve-load.ts";

/** The copies abroad are behind by the WAN and a few milliseconds; what is older they have. */
const CATCH_UP_MS = 3_000;

/** Exposures of issuers at home elsewhere, read through the router of the region that holds the copies. */
export const followerRead = bench({
  name: "follower-read",
  question: "What does a read cost in the region that holds only copies, under each contract?",
  flags: {
    seconds: 10,
    warmupSeconds: 3,
    seed: 1,
    issuers: "zipf",
    issuerCount: 300,
    shards: 4,
    callers: [64],
    records: 100_000,
  },
  run: (run) => {
    const { flags, say } = run;
    const wrong: string[] = [];
    const findings = withCluster(run, async ({ cluster, load, loads }) => {
      const session = await writeAll(cluster, load, flags.records);
      const client = cluster.clientOf(REMOTE_REGION);
      const contracts = {
        any: { consistency: { contract: "any" } },
        session: { session },
        linearizable: { consistency: { contract: "linearizable" } },
      } as const;
      const measurements: Measurement[] = [];
      for (const [name, options] of Object.entries(contracts)) {
        for (const callers of flags.callers) {
          say(`${name}, ${callers} callers`);
          let local = 0;
          let answers = 0;
          const onAnswer = (region: string): void => {
            answers++;
            if (region === REMOTE_REGION) local++;
          };
          const reads = exposureReads({
            client,
            load,
            options,
            onAnswer,
            onWrong: (finding) => wrong.push(finding),
          });
          const measured = await loads(flags).closedLoop(`${name}Callers${callers}`, reads, callers);
          measurements.push({ ...measured, metrics: { localShare: local / answers, ...measured.metrics } });
        }
      }
      client.close();
      return { headline: headlineOf(measurements, flags.callers.length), measurements, remarks: [] };
    });
    return findings.then((found) => ({
      ...found,
      auditFindings: [...found.auditFindings, ...wrong.slice(0, 20)],
    }));
  },
});

/** Puts reserves on every issuer and ends with one of the session's own, then lets the copies catch up. */
async function writeAll(cluster: BenchCluster, load: ReserveLoad, records: number): Promise<Session> {
  await preload(load, records, new CertainBatches(cluster.client).submit);
  const session = new Session();
  for (const [issuer, { issuerId }] of load.issuers.entries()) {
    const input = { token: newToken(), issuerId, amountMinor: 1 };
    const { decision, label } = await cluster.client.reserve(input, { session });
    const { shardId, lsn } = label.position;
    load.told.enterDecision({ issuer, amountMinor: 1, approved: decision === "APPROVED", shardId, lsn });
  }
  await sleep(CATCH_UP_MS);
  return session;
}

/** The last number of callers under each contract. */
function headlineOf(measurements: readonly Measurement[], perContract: number): Record<string, number> {
  const last = (contract: number) => measurements[(contract + 1) * perContract - 1].metrics;
  const [any, session, linearizable] = [last(0), last(1), last(2)];
  return {
    readsPerSecond: session.readsPerSecond,
    p50Ms: session.p50Ms,
    p99Ms: session.p99Ms,
    localShare: session.localShare,
    anyReadsPerSecond: any.readsPerSecond,
    linearizableP50Ms: linearizable.p50Ms,
  };
}
