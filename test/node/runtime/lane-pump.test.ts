// One work at a time, everything of a turn together, and an end when something fails.
import t from "tap";
import { LanePump } from "../../../node/runtime/lane-pump.ts";
import { LaneQueue } from "../../../node/runtime/lane-queue.ts";

const limits = { waitingBytesMax: 1000, roundBytesMax: 100, operationsMax: 9, housekeepingGapMsMax: 10 };
type Append = { name: string; sinceMs: number; bytes: number; fail: (error: Error) => void };

/** A pump whose rounds end when the test says so. */
class Fixture {
  nowMs = 0;
  readonly rounds: { names: string; end: PromiseWithResolvers<void> }[] = [];
  readonly failures: string[] = [];
  readonly rejected: string[] = [];
  readonly pump: LanePump<Append>;

  constructor() {
    const clock = { monotonicMs: () => this.nowMs, wallMs: () => 0 };
    const onFailure = ({ message }: Error): void => void this.failures.push(message);
    const queue = new LaneQueue<Append>(limits, (appends) => this.#round(appends));
    this.pump = new LanePump(queue, { lane: 3, clock, onFailure });
  }

  append(name: string): void {
    this.pump.append({ name, bytes: 1, sinceMs: this.nowMs, fail: () => this.rejected.push(name) });
  }

  #round(appends: readonly Append[]): Promise<void> {
    const end = Promise.withResolvers<void>();
    this.rounds.push({ names: appends.map(({ name }) => name).join(" "), end });
    return end.promise;
  }
}

const turn = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve));
const never = (): boolean => false;

t.test("appends of one turn share a round, and what comes during it is the next", async (t) => {
  const fixture = new Fixture();
  fixture.append("a");
  fixture.append("b");
  await turn();
  fixture.append("c");
  await turn();
  fixture.append("d");
  await turn();
  t.strictSame(
    fixture.rounds.map(({ names }) => names),
    ["a b"],
  );
  fixture.rounds[0]?.end.resolve();
  await turn();
  t.strictSame(
    fixture.rounds.map(({ names }) => names),
    ["a b", "c d"],
  );
});

t.test("housekeeping lets the turn that follows a round go first", async (t) => {
  const fixture = new Fixture();
  const done: string[] = [];
  fixture.append("a");
  await turn();
  const kept = fixture.pump.housekeeping(false, async () => void done.push("slice"));
  void fixture.rounds[0]?.end.promise.then(() => void setImmediate(() => fixture.append("b")));
  fixture.rounds[0]?.end.resolve();
  await turn();
  await turn();
  t.strictSame(done, []);
  t.equal(fixture.rounds[1]?.names, "b");
  fixture.rounds[1]?.end.resolve();
  await kept;
  t.strictSame(done, ["slice"]);
});

t.test("the age of what is not durable yet covers waiting and being written", async (t) => {
  const fixture = new Fixture();
  t.equal(fixture.pump.oldestOutstandingMs(), 0);
  fixture.nowMs = 100;
  fixture.append("a");
  fixture.nowMs = 130;
  t.equal(fixture.pump.oldestOutstandingMs(), 30);
  await turn();
  fixture.append("b");
  fixture.nowMs = 150;
  t.equal(fixture.pump.oldestOutstandingMs(), 50);
  fixture.rounds[0]?.end.resolve();
  await turn();
  t.equal(fixture.pump.oldestOutstandingMs(), 20);
  fixture.rounds[1]?.end.resolve();
  await turn();
  t.equal(fixture.pump.oldestOutstandingMs(), 0);
});

t.test("housekeeping is nothing anybody waits for", async (t) => {
  const fixture = new Fixture();
  const end = Promise.withResolvers<void>();
  const kept = fixture.pump.housekeeping(false, () => end.promise);
  await turn();
  fixture.nowMs = 5000;
  t.equal(fixture.pump.oldestOutstandingMs(), 0);
  end.resolve();
  await kept;
});

t.test("an operation's own error is the caller's alone", async (t) => {
  const fixture = new Fixture();
  const operation = fixture.pump.operation(true, never, () => Promise.reject(new Error("no")));
  await t.rejects(operation, { message: "no" });
  t.strictSame(fixture.failures, []);
  t.equal(await fixture.pump.operation(true, never, async () => 5), 5);
});

t.test("a failure ends the lane: told once, nothing runs, everybody is refused", async (t) => {
  const fixture = new Fixture();
  fixture.append("a");
  await turn();
  fixture.append("b");
  const waiting = fixture.pump.operation(true, never, async () => 1);
  const slice = fixture.pump.housekeeping(false, async () => 1);
  const idle = fixture.pump.becomeIdle();
  fixture.rounds[0]?.end.reject(new Error("EIO"));
  const told: Promise<unknown>[] = [waiting, slice, idle];
  for (const promise of told) await t.rejects(promise, { name: "LaneFailure", lane: 3 });
  fixture.pump.fail(new Error("again"));
  fixture.append("c");
  await t.rejects(
    fixture.pump.operation(true, never, async () => 1),
    { name: "LaneFailure" },
  );
  await t.rejects(
    fixture.pump.housekeeping(true, async () => 1),
    { name: "LaneFailure" },
  );
  await turn();
  t.strictSame(fixture.failures, ["lane 3 failed: EIO"]);
  t.strictSame(fixture.rejected, ["a", "b", "c"]);
  t.equal(fixture.rounds.length, 1);
});

t.test("a lane is idle when all is done, also what was added on the way", async (t) => {
  const fixture = new Fixture();
  const done: string[] = [];
  const keep = async (): Promise<void> => {
    for (const name of ["1", "2"]) await fixture.pump.housekeeping(false, async () => void done.push(name));
  };
  const kept = keep();
  await fixture.pump.becomeIdle();
  t.strictSame(done, ["1", "2"]);
  await kept;
});
