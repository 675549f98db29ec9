import t from "tap";
import { parseSlo } from "../../../bench/measure/slo.ts";

t.test("objectives are a percentile and milliseconds", async (t) => {
  t.same(parseSlo("p99=20ms"), { percentile: 99, ms: 20 });
  t.same(parseSlo("p99.9=2.5ms"), { percentile: 99.9, ms: 2.5 });
});

t.test("anything else is none", async (t) => {
  for (const text of [
    "",
    "p99",
    "p100=1ms",
    "p0=1ms",
    "p99=0ms",
    "p99=20",
    "99=20ms",
    "p99=20s",
    "p99=20ms ",
  ])
    t.equal(parseSlo(text), undefined, text);
});
