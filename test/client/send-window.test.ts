import t from "tap";
import { Deadline } from "../../client/deadline.ts";
import { SendWindow } from "../../client/send-window.ts";
import { systemClock } from "../../common/clock.ts";
import { storeErrorOf } from "../support/store-error-of.ts";

const LIMITS = { rowsInFlightMax: 100, batchesInFlightMax: 2 };
const patience = (ms = 1_000) => new Deadline(ms, systemClock);

t.test("rows and batches are both bounded", async (t) => {
  const window = new SendWindow(LIMITS, () => {});
  window.take(60);
  t.equal(window.roomRows, 40);
  window.take(1);
  t.equal(window.roomRows, 0, "two batches are under way");
  window.leave(60);
  t.equal(window.roomRows, 99);
});

t.test("who finds no room waits in line, and nobody enters past it", async (t) => {
  let told = 0;
  const window = new SendWindow(LIMITS, () => told++);
  await window.enter(80, patience());
  const entered: string[] = [];
  const first = window.enter(50, patience()).then(() => entered.push("first"));
  const second = window.enter(10, patience()).then(() => entered.push("second"));
  t.equal(window.roomRows, 0, "somebody waits");
  window.leave(80);
  await Promise.all([first, second]);
  t.same(entered, ["first", "second"]);
  t.equal(told, 1);
});

t.test("waiting ends with OVERLOADED at the deadline, and lets the next one in", async (t) => {
  const window = new SendWindow(LIMITS, () => {});
  await window.enter(80, patience());
  const refused = storeErrorOf(window.enter(50, patience(50)));
  const next = window.enter(10, patience());
  t.equal((await refused).reason, "OVERLOADED");
  await next;
});

t.test("a batch larger than the window enters alone", async (t) => {
  const window = new SendWindow(LIMITS, () => {});
  await window.enter(500, patience());
  t.equal(window.roomRows, 0);
  window.leave(500);
  t.equal(window.roomRows, 100);
});
