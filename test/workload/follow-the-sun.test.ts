import t from "tap";
import { activity } from "../../workload/follow-the-sun.ts";

const hours = Array.from({ length: 24 }, (_, hour) => hour);

t.test("activity averages to one over a day and never stops", async (t) => {
  const mean = hours.reduce((sum, hour) => sum + activity(hour, 0), 0) / 24;
  t.ok(Math.abs(mean - 1) < 1e-9);
  t.ok(hours.every((hour) => activity(hour, 0) > 0.1));
});

t.test("the busiest hour comes later the further west a desk stands", async (t) => {
  const busiest = (offset: number): number =>
    hours.reduce((a, b) => (activity(b, offset) > activity(a, offset) ? b : a));
  t.equal(busiest(1), 12, "Madrid");
  t.equal(busiest(-5), 18, "New York");
});

t.test("after a day everything repeats", async (t) => {
  t.ok(Math.abs(activity(3, 1) - activity(27, 1)) < 1e-9);
});
