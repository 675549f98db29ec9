import t from "tap";
import { directionOf, formatFigure } from "../../../bench/report/metric-format.ts";

t.test("a metric's name says which way it is better", async (t) => {
  for (const metric of [
    "reservationsPerSecond",
    "batch1Alone.reservationsPerSecond",
    "ratioToPostgresql",
    "x.ratioToTransportCeiling",
  ])
    t.equal(directionOf(metric), "higher", metric);
  for (const metric of [
    "p99Ms",
    "cpuMicros",
    "madrid1CpuMicros",
    "nodeRssBytesMax",
    "remoteLagMsMax",
    "restartSeconds",
  ])
    t.equal(directionOf(metric), "lower", metric);
  for (const metric of ["recordsPerFrame", "declines"]) t.equal(directionOf(metric), "neither", metric);
});

t.test("figures have the digits that mean something", async (t) => {
  t.same([1_234_567.8, 123.4, 12.34, 1.234, 0.12345, 0, Number.NaN].map(formatFigure), [
    "1,234,568",
    "123",
    "12.3",
    "1.23",
    "0.123",
    "0.00",
    "–",
  ]);
});
