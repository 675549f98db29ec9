import t from "tap";
import { parseProcessorTimes, processorShares } from "../../../bench/environment/processor-times.ts";

const before = "cpu  100 10 50 800 20 5 5 10 30 0\ncpu0 50 5 25 400 10 2 3 5 0 0\n";
const after = "cpu  200 10 50 850 70 5 5 60 90 0\n";

t.test("the shares are of all processor time, guests not counted twice", async (t) => {
  const shares = processorShares(parseProcessorTimes(before), parseProcessorTimes(after));
  // 250 ticks passed: 100 user, 50 idle, 50 waiting for the disk, 50 stolen.
  t.same(shares, { idle: 0.4, steal: 0.2 });
});

t.test("without two readings and time between them there are no shares", async (t) => {
  const times = parseProcessorTimes(before);
  t.equal(processorShares(undefined, times), undefined);
  t.equal(processorShares(times, undefined), undefined);
  t.equal(processorShares(times, times), undefined);
});

t.test("what is not /proc/stat is no reading", async (t) => {
  t.equal(parseProcessorTimes(""), undefined);
  t.equal(parseProcessorTimes("cpu0 1 2 3"), undefined);
});
