import t from "tap";
import type { JournalLine } from "../../../workload/journal/journal-line.ts";
import { journalTimes } from "../../../workload/journal/journal-times.ts";
import { lineToken } from "../../../workload/journal/line-token.ts";
import { parseToken, tokenTimeMs } from "../../../common/batch/token.ts";

const line = (tsMs: string, token = ""): JournalLine => ({
  seq: 1,
  tsMs,
  region: "madrid",
  action: "reserve",
  token,
  issuerId: "A",
  amountMinor: "1",
  refToken: "",
  desk: "",
  trader: "",
  homeRegion: "",
});

t.test("tokens and the time column both count", async (t) => {
  const old = lineToken(1, 1_000);
  t.same(journalTimes([line("5000", old), line("7000")], 0), { earliestMs: 1_000, latestMs: 7_000 });
});

t.test("what is no time is passed over", async (t) => {
  t.same(journalTimes([line("soon", "no-uuid"), line("-1"), line("999999999999999")], 42), {
    earliestMs: 42,
    latestMs: 42,
  });
});

t.test("a derived token is a UUIDv7 of its time, the same for the same line", async (t) => {
  const token = lineToken(17, 1_795_000_000_000);
  const bytes = parseToken(token);
  t.ok(bytes, token);
  t.equal(bytes && tokenTimeMs(bytes, 0), 1_795_000_000_000);
  t.equal(token, lineToken(17, 1_795_000_000_000));
  t.not(token, lineToken(18, 1_795_000_000_000));
});
