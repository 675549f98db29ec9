import { setTimeout as sleep } from "node:timers/promises";
import t from "tap";
import type { LocalCluster } from "../../cli/cluster/local-cluster.ts";
import { JOURNAL_KEY, REPLAY_MS_MAX, replayExample } from "../support/journal-example.ts";

const DEAD_MS = 500;

async function killAndRestart(cluster: LocalCluster, node: string): Promise<void> {
  await cluster.kill(node);
  await sleep(DEAD_MS);
  await cluster.restart(node);
}

t.setTimeout(REPLAY_MS_MAX);

t.test("a journal is answered like its key while nodes are killed", { timeout: REPLAY_MS_MAX }, async (t) => {
  const restarts: Promise<void>[] = [];
  const report = await replayExample(t, (done, cluster) => {
    if (done === 6_000) restarts.push(killAndRestart(cluster, "madrid-1"));
    if (done === 13_000) restarts.push(killAndRestart(cluster, "new-york-2"));
  });
  await Promise.all(restarts);
  t.equal(restarts.length, 2);
  t.same(report, JOURNAL_KEY);
});
