// How many tokens a second can be asked for at the leaders, among how many recorded ones?
import { seededRandom } from "../common/random.ts";
import { bench, type Measurement } from "./bench.ts";
import { CertainBatches } from "./cluster/certain-batches.ts";
import { withCluster } from "./cluster/with-cluster.ts";
import { preload } from "./load/preload.ts";
import { tokenQuestions } from "./load/token-questions.ts";

/** What a caller does whose answer was lost: linearizable questions through the router, each to a leader. */
export const tokenStatus = bench({
  name: "token-status",
  question: "How many tokens a second can be asked for at the leaders, among how many recorded ones?",
  flags: {
    seconds: 10,
    warmupSeconds: 3,
    seed: 1,
    issuers: "zipf",
    issuerCount: 300,
    shards: 4,
    callers: [1, 16, 64],
    records: 500_000,
  },
  run: (run) => {
    const { flags, say } = run;
    const wrong: string[] = [];
    const findings = withCluster(run, async ({ cluster, load, loads }) => {
      say(`recording ${flags.records} reserves`);
      const known = await preload(load, flags.records, new CertainBatches(cluster.client).submit);
      const random = seededRandom(flags.seed);
      const questions = tokenQuestions(cluster.client, load, known, random, (finding) => wrong.push(finding));
      const measurements: Measurement[] = [];
      for (const callers of flags.callers) {
        say(`${callers} callers`);
        measurements.push(await loads(flags).closedLoop(`callers${callers}`, questions, callers));
      }
      const { questionsPerSecond, p50Ms, p99Ms, cpuMicros } = measurements[measurements.length - 1].metrics;
      const headline = { questionsPerSecond, p50Ms, p99Ms, cpuMicros, records: load.told.recorded };
      return { headline, measurements, remarks: [] };
    });
    return findings.then((found) => ({
      ...found,
      auditFindings: [...found.auditFindings, ...wrong.slice(0, 20)],
    }));
  },
});
