import t from "tap";
import { parseProcessUsage, readProcessUsage } from "../../../bench/environment/process-usage.ts";

t.test("reads times and memory behind any name", async (t) => {
  const head = "4242 (a) b (c)) S 1 4242 4242 0 -1 4194304 100 0 0 0";
  const usage = parseProcessUsage(`${head} 150 50 7 8 20 0 11 0 12345 1000000 2000 18446744073709551615 1 1`);
  t.same(usage, { cpuSeconds: 2, rssBytes: 2000 * 4096 });
});

t.test("this process uses something, one that is gone nothing", async (t) => {
  if (process.platform === "linux") t.ok((readProcessUsage(process.pid)?.rssBytes ?? 0) > 1 << 20);
  t.equal(readProcessUsage(2 ** 30), undefined);
});
