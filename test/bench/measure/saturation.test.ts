import t from "tap";
import { saturation } from "../../../bench/measure/saturation.ts";

t.test("a system that keeps up is not saturated", async (t) => {
  t.equal(saturation({ offeredPerSecond: 1000, answeredPerSecond: 960, behindMs: 100 }), undefined);
});

t.test("too few answers, or a sender that fell behind, is said aloud", async (t) => {
  t.match(
    saturation({ offeredPerSecond: 1000, answeredPerSecond: 940, behindMs: 0 }),
    /^SATURATED: 1000\/s were offered and 940\/s/,
  );
  t.match(saturation({ offeredPerSecond: 1000, answeredPerSecond: 1000, behindMs: 300 }), /300 ms behind/);
});
