import t from "tap";
import { METRICS, type MetricRow } from "../../../common/metrics/metric-catalog.ts";
import { Metrics } from "../../../common/metrics/metrics.ts";

t.test("what is observed is shown under the declared names", async (t) => {
  const metrics = new Metrics();
  metrics.counter("harborpoint_gate_closed_total", { reason: "remote_lag" }).inc();
  metrics.counter("harborpoint_gate_closed_total", { reason: "remote_lag" }).inc(2);
  metrics.gauge("harborpoint_shard_writable", { shard: "5" }).set(1);
  metrics.gauge("harborpoint_search_lag_seconds", {}).set(0.5);
  metrics.histogram("harborpoint_wal_fsync_duration_seconds", {}).observe(0.0003);
  const text = await metrics.exposition();
  t.match(text, 'harborpoint_gate_closed_total{reason="remote_lag"} 3\n');
  t.match(text, 'harborpoint_shard_writable{shard="5"} 1\n');
  t.match(text, "harborpoint_search_lag_seconds 0.5\n");
  t.match(text, 'harborpoint_wal_fsync_duration_seconds_bucket{le="0.00025"} 0\n');
  t.match(text, 'harborpoint_wal_fsync_duration_seconds_bucket{le="0.0005"} 1\n');
  t.match(metrics.contentType, /^text\/plain/);
});

t.test("a removed series is shown no more", async (t) => {
  const metrics = new Metrics();
  metrics.gauge("harborpoint_shard_generation", { shard: "5" }).set(3);
  metrics.remove("harborpoint_shard_generation", { shard: "5" });
  metrics.remove("harborpoint_shard_generation", { shard: "6" });
  t.notMatch(await metrics.exposition(), 'shard="5"');
});

t.test("processes do not share what they observe", async (t) => {
  const first = new Metrics();
  const second = new Metrics();
  first.counter("harborpoint_failovers_total", { kind: "planned" }).inc();
  t.notMatch(await second.exposition(), "harborpoint_failovers_total");
  second.collectProcessMetrics();
  t.match(await second.exposition(), "process_resident_memory_bytes");
});

t.test("the catalogue keeps to Prometheus' rules and to ours", async (t) => {
  for (const [name, row] of Object.entries<MetricRow>(METRICS)) {
    t.match(name, /^(harborpoint|grpc_server)_[a-z_]+$/);
    t.equal(row.kind === "counter", name.endsWith("_total"), `${name}: counters end in _total`);
    t.equal(row.kind === "histogram", row.buckets !== undefined, `${name}: histograms have buckets`);
    t.match(row.help, /\.$/, `${name} has a sentence of help`);
    t.notOk(
      row.labels.some((label) => /issuer|token|trader/.test(label)),
      `${name} has bounded labels`,
    );
  }
});
