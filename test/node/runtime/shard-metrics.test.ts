import t from "tap";
import { Metrics } from "../../../common/metrics/metrics.ts";
import { CommitMetrics, ShardGauges } from "../../../node/runtime/shard-metrics.ts";
import { TestReplica } from "../../support/node/test-replica.ts";

t.test("a shard's gauges show role, generation and the proof's age", async (t) => {
  const metrics = new Metrics();
  const gauges = new ShardGauges(metrics, 4);
  const replica = new TestReplica();
  gauges.show({ ...replica.status(), remoteLagMs: 1_500 });
  const text = await metrics.exposition();
  t.match(text, 'harborpoint_shard_generation{shard="4"} 1');
  t.match(text, 'harborpoint_shard_writable{shard="4"} 1');
  t.match(text, 'harborpoint_remote_proof_age_seconds{shard="4"} 1.5');
  gauges.show({ ...replica.follow().status(), remoteLagMs: undefined });
  t.match(await metrics.exposition(), 'harborpoint_shard_writable{shard="4"} 0');
});

t.test("the gate's closings are counted, not the wait for its first proof", async (t) => {
  const metrics = new Metrics();
  const gauges = new ShardGauges(metrics, 4);
  t.match(await metrics.exposition(), 'harborpoint_gate_closed_total{reason="remote_proof"} 0');
  for (const clause of ["no_proof_yet", "", "remote_proof", "settling", "", "remote_proof"] as const) {
    gauges.watchGate(clause);
  }
  const text = await metrics.exposition();
  t.match(text, 'harborpoint_gate_closed_total{reason="remote_proof"} 2');
  t.notMatch(text, "no_proof_yet");
});

t.test("the stages of a commit are told apart", async (t) => {
  const metrics = new Metrics();
  const commit = new CommitMetrics(metrics);
  commit.localDurableSeconds.observe(0.001);
  commit.committedSeconds.observe(0.002);
  const text = await metrics.exposition();
  t.match(text, 'harborpoint_commit_duration_seconds_count{stage="local_durable"} 1');
  t.match(text, 'harborpoint_commit_duration_seconds_count{stage="committed"} 1');
});
