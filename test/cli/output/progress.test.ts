import t from "tap";
import { Progress } from "../../../cli/output/progress.ts";

function progressOn(isTTY: boolean) {
  const written: string[] = [];
  const time = { nowMs: 0 };
  const clock = { monotonicMs: () => time.nowMs, wallMs: () => 0 };
  const progress = new Progress("copying", 10, { isTTY, write: (text: string) => written.push(text) }, clock);
  return { progress, written, time };
}

t.test("a terminal gets a bar, redrawn now and then, finished with a newline", async (t) => {
  const { progress, written, time } = progressOn(true);
  progress.update(1);
  t.same(written, [], "too soon");
  time.nowMs = 100;
  progress.update(5);
  progress.update(10);
  t.same(written, [
    `\rcopying [${"#".repeat(15)}${".".repeat(15)}] 5/10`,
    `\rcopying [${"#".repeat(30)}] 10/10\n`,
  ]);
});

t.test("a log gets a line every few seconds", async (t) => {
  const { progress, written, time } = progressOn(false);
  time.nowMs = 4_999;
  progress.update(3);
  time.nowMs = 5_000;
  progress.update(4);
  progress.update(10);
  t.same(written, ["copying: 4 of 10\n", "copying: 10 of 10\n"]);
});
