import t from "tap";
import { systemClock } from "../../common/clock.ts";

t.test("the monotonic clock never goes back and the wall clock counts from 1970", async (t) => {
  const first = systemClock.monotonicMs();
  t.ok(systemClock.monotonicMs() >= first);
  t.ok(systemClock.wallMs() > Date.UTC(2026, 0, 1));
});
