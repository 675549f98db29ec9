import { readFileSync } from "node:fs";
import type { Test } from "tap";
import type { LocalCluster } from "../../cli/cluster/local-cluster.ts";
import { replayJournal } from "../../cli/replay/replay-journal.ts";
import { startReplayCluster } from "../../cli/replay/replay-target.ts";
import { readJournal } from "../../workload/journal/journal-reader.ts";
import { journalTimes } from "../../workload/journal/journal-times.ts";
import type { ReplayReport } from "../../workload/journal/replay-report.ts";
import { temporaryDirectory } from "./temporary-directory.ts";

const EXAMPLES = new URL("../../examples/", import.meta.url);

/** What the store must answer to the example journal. */
export const JOURNAL_KEY: ReplayReport = JSON.parse(
  readFileSync(new URL("order-journal.expected.json", EXAMPLES), "utf8"),
);

/** Twenty thousand lines on a busy machine, milliseconds. */
export const REPLAY_MS_MAX = 300_000;

/** Replays the example journal on real processes; `disturb` is told how many lines are done. */
export async function replayExample(
  t: Test,
  disturb: (done: number, cluster: LocalCluster) => void = () => {},
): Promise<ReplayReport> {
  const lines = await readJournal(new URL("order-journal.csv", EXAMPLES).pathname);
  const times = journalTimes(lines, Date.now());
  const options = { wanDelayMs: 0, dataDir: temporaryDirectory(t) };
  const { target, cluster } = await startReplayCluster(times, options);
  t.teardown(() => target.close());
  return replayJournal(target, lines, {
    startMs: times.earliestMs,
    lineTimeoutMs: 60_000,
    onLine: (done) => disturb(done, cluster),
  });
}
