import t from "tap";
import { type DiskVerdict, diskVerdict } from "../../../node/wal/disk-policy.ts";

/** Verdicts as the room changes, in percent of the volume. */
function verdicts(percents: readonly number[]): DiskVerdict[] {
  let verdict: DiskVerdict = "ok";
  return percents.map((freeBytes) => {
    verdict = diskVerdict({ freeBytes, totalBytes: 100 }, verdict);
    return verdict;
  });
}

t.test("room runs out in two steps", async (t) => {
  t.strictSame(verdicts([100, 15, 14.9, 5, 4.9, 0]), ["ok", "ok", "refuse", "refuse", "resign", "resign"]);
});

t.test("each step is undone only with some room more", async (t) => {
  t.strictSame(verdicts([4, 5, 6.9, 7, 15, 16.9, 17, 15]), [
    "resign",
    "resign",
    "resign",
    "refuse",
    "refuse",
    "refuse",
    "ok",
    "ok",
  ]);
});

t.test("a volume without a size has no room", async (t) => {
  t.equal(diskVerdict({ freeBytes: 0, totalBytes: 0 }, "ok"), "resign");
});
