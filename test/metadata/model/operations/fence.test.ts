import t from "tap";
import { isFenced } from "../../../../metadata/model/operations/fence.ts";
import { EngineHarness } from "../../fixtures.ts";

const current = new EngineHarness().bootstrap().config();
const [leader, peer] = current.ackSet;

function fenced(promises: Readonly<Record<string, number>>, leaseFreeAtMs: number, nowMs: number): boolean {
  return isFenced({ current, grantFreeAtMs: new Map(Object.entries(promises)), leaseFreeAtMs }, nowMs);
}

t.test("the old leader's own promise suffices at once", async (t) => {
  t.equal(fenced({ [leader]: 9000 }, 9000, 1), true);
});

t.test("its peer's promise suffices when that peer's grant is over, not a millisecond sooner", async (t) => {
  t.equal(fenced({ [peer]: 100 }, 9000, 99), false);
  t.equal(fenced({ [peer]: 100 }, 9000, 100), true);
});

t.test("the remote's promise needs the remote's grant and the lease to be over", async (t) => {
  t.equal(fenced({ [current.remote]: 100 }, 200, 199), false);
  t.equal(fenced({ [current.remote]: 200 }, 100, 199), false);
  t.equal(fenced({ [current.remote]: 100 }, 200, 200), true);
});

t.test("nothing else suffices, however long one waits", async (t) => {
  t.equal(fenced({}, 0, 1e9), false);
  t.equal(fenced({ "new-york-2": 0 }, 0, 1e9), false);
});
