import t from "tap";
import { LatencyHistogram } from "../../../bench/measure/latency-histogram.ts";
import { readTransactions, scriptOf } from "../../../bench/peers/pgbench.ts";

const load = {
  name: "x",
  clients: 1,
  batchSize: 1,
  seconds: 1,
  seed: 1,
  issuers: "uniform",
  issuerCount: 300,
} as const;

t.test("the log's transactions become latencies of their records", async (t) => {
  const latency = new LatencyHistogram();
  readTransactions("0 1 1500 0 1732300000 1\n0 2 2500 0 1732300000 2\n", 10, latency);
  t.equal(latency.count, 20);
  t.ok(Math.abs(latency.percentileMs(50) - 1.5) < 0.01);
  t.ok(Math.abs(latency.maxMs - 2.5) < 0.01);
});

t.test("the script draws issuers as the store's load does", async (t) => {
  t.match(scriptOf(load), /\\set issuer random\(1, 300\)/);
  t.match(scriptOf({ ...load, issuers: "zipf" }), /random_zipfian\(1, 300, 1\.05\)/);
  t.match(scriptOf({ ...load, issuers: "hot" }), /<= 9 then 1/);
  t.match(scriptOf({ ...load, batchSize: 1000 }), /^select reserve_batch\(1000, 300\);\n$/);
});
