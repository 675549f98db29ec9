import t from "tap";
import { batchDeadlineMs, unaryDeadlineMs } from "../../../router/write/write-deadline.ts";

t.test("a single caller is answered a little before it gives up", async (t) => {
  t.equal(unaryDeadlineMs(1000, 400), 1375);
  t.equal(unaryDeadlineMs(1000, 20), 1010, "at least half of a short wait is used");
  t.equal(unaryDeadlineMs(1000, 0), 1000);
});

t.test("a single caller who does not say waits five seconds, nobody longer than a minute", async (t) => {
  t.equal(unaryDeadlineMs(1000, Number.POSITIVE_INFINITY), 6000);
  t.equal(unaryDeadlineMs(1000, 3_600_000), 61_000);
});

t.test("a batch is waited for as long as it says, a second by default", async (t) => {
  t.equal(batchDeadlineMs(1000, 250), 1250);
  t.equal(batchDeadlineMs(1000, 0), 2000);
  t.equal(batchDeadlineMs(1000, 3_600_000), 61_000);
});
