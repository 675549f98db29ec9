// The order of a lane's work: rounds, operations, housekeeping, and the bounds of what waits.
import t from "tap";
import { LaneQueue, type LaneQueueLimits, type LaneWork } from "../../../node/runtime/lane-queue.ts";

const limits: LaneQueueLimits = {
  waitingBytesMax: 1000,
  roundBytesMax: 100,
  operationsMax: 2,
  housekeepingGapMsMax: 10,
};

type Append = { name: string; sinceMs: number; bytes: number; fail: (error: Error) => void };

class Fixture {
  readonly ran: string[] = [];
  readonly failed: string[] = [];
  readonly queue = new LaneQueue<Append>(limits, async (appends) => {
    this.ran.push(`round ${appends.map(({ name }) => name).join(" ")}`);
  });

  append(name: string, bytes = 1, sinceMs = 0): void {
    this.queue.addAppend({ name, bytes, sinceMs, fail: () => this.failed.push(name) });
  }
  operation(name: string, durable = true, sinceMs = 0): void {
    this.queue.addOperation(this.#work(name, durable, sinceMs));
  }
  housekeeping(name: string, isUrgent = false, sinceMs = 0): void {
    this.queue.addHousekeeping(this.#work(name, false, sinceMs), isUrgent);
  }
  /** Runs what comes next, at a time; "nothing" when the queue is empty. */
  async next(nowMs = 1): Promise<string> {
    const work = this.queue.next(nowMs);
    if (work === undefined) return "nothing";
    await work.run();
    return this.ran.at(-1) ?? "";
  }
  #work(name: string, durable: boolean, sinceMs: number): LaneWork {
    const run = async (): Promise<void> => void this.ran.push(name);
    return { sinceMs, durable, run, fail: () => this.failed.push(name) };
  }
}

t.test("what waits becomes one round, in the order it came", async (t) => {
  const fixture = new Fixture();
  for (const name of ["a", "b", "c"]) fixture.append(name);
  t.equal(await fixture.next(), "round a b c");
  t.equal(await fixture.next(), "nothing");
});

t.test("a round takes what fits, and a single append of any size", async (t) => {
  const fixture = new Fixture();
  fixture.append("a", 60);
  fixture.append("b", 40);
  fixture.append("c", 1);
  fixture.append("d", 500);
  t.equal(fixture.queue.waitingBytes, 601);
  t.equal(await fixture.next(), "round a b");
  t.equal(await fixture.next(), "round c");
  t.equal(await fixture.next(), "round d");
  t.equal(fixture.queue.waitingBytes, 0);
});

t.test("the bytes that wait are bounded", async (t) => {
  const fixture = new Fixture();
  fixture.append("a", 600);
  t.ok(fixture.queue.hasRoom(400));
  t.notOk(fixture.queue.hasRoom(401));
  t.throws(() => fixture.append("b", 401), { name: "InvariantViolation" });
  await fixture.next();
  t.ok(fixture.queue.hasRoom(1000));
});

t.test("the operations that wait are bounded", async (t) => {
  const fixture = new Fixture();
  fixture.operation("1");
  fixture.operation("2");
  t.throws(() => fixture.operation("3"), { name: "InvariantViolation" });
});

t.test("an operation waits for one round at most, and rounds for one operation", async (t) => {
  const fixture = new Fixture();
  fixture.append("a");
  fixture.operation("promise 1");
  fixture.operation("promise 2");
  t.equal(await fixture.next(), "round a");
  fixture.append("b");
  t.equal(await fixture.next(), "promise 1");
  t.equal(await fixture.next(), "round b");
  fixture.append("c");
  t.equal(await fixture.next(), "promise 2");
  t.equal(await fixture.next(), "round c");
});

t.test("housekeeping waits for a free moment", async (t) => {
  const fixture = new Fixture();
  fixture.housekeeping("slice");
  fixture.append("a");
  fixture.operation("promise");
  t.equal(await fixture.next(1), "round a");
  t.equal(await fixture.next(2), "promise");
  t.equal(await fixture.next(3), "slice");
});

t.test("under steady load housekeeping gets one step in every gap", async (t) => {
  const fixture = new Fixture();
  for (const name of ["1", "2", "3", "4"]) fixture.housekeeping(`slice ${name}`, false, 100);
  for (let nowMs = 100; nowMs < 135; nowMs++) {
    fixture.append("a");
    await fixture.next(nowMs);
  }
  const slices = fixture.ran.filter((name) => name.startsWith("slice"));
  t.strictSame(slices, ["slice 1", "slice 2", "slice 3"]);
  t.strictSame(fixture.ran.indexOf("slice 1"), 10);
});

t.test("urgent housekeeping goes before other housekeeping", async (t) => {
  const fixture = new Fixture();
  fixture.housekeeping("slice");
  fixture.housekeeping("segment", true);
  t.equal(await fixture.next(), "segment");
  t.equal(await fixture.next(), "slice");
});

t.test("the oldest thing that must become durable is known", async (t) => {
  const fixture = new Fixture();
  t.equal(fixture.queue.oldestDurableMs(), undefined);
  fixture.housekeeping("slice", false, 1);
  fixture.operation("open", false, 2);
  t.equal(fixture.queue.oldestDurableMs(), undefined);
  fixture.append("a", 1, 5);
  t.equal(fixture.queue.oldestDurableMs(), 5);
  fixture.operation("promise", true, 3);
  t.equal(fixture.queue.oldestDurableMs(), 3);
});

t.test("a failure reaches everybody who waits, also those of a round that was taken", async (t) => {
  const fixture = new Fixture();
  fixture.append("a");
  fixture.append("b");
  const round = fixture.queue.next(0);
  fixture.append("c");
  fixture.operation("promise");
  fixture.housekeeping("slice");
  round?.fail(new Error("disk"));
  fixture.queue.fail(new Error("disk"));
  t.strictSame(fixture.failed, ["a", "b", "c", "promise", "slice"]);
  t.equal(await fixture.next(), "nothing");
  t.equal(fixture.queue.waitingBytes, 0);
});
