import t from "tap";
import { StoreError } from "../../../common/errors/store-error.ts";
import { seededRandom } from "../../../common/random.ts";
import type { RpcChannel } from "../../../common/rpc/channel.ts";
import { type Leader, LeaderCaller } from "../../../metadata/rpc/leader-caller.ts";
import { EngineHarness } from "../fixtures.ts";

/** A caller on virtual time; `attempts` records whom it asked, in which generation and with which deadline. */
function testCaller() {
  const harness = new EngineHarness().bootstrap();
  const clock = { nowMs: 0, monotonicMs: () => clock.nowMs, wallMs: () => 0 };
  const attempts: { nodeId: string; generation: bigint; deadlineMs: number }[] = [];
  const caller = new LeaderCaller({
    state: harness.engine.state,
    channels: { to: (nodeId) => ({ address: nodeId }) as RpcChannel },
    clock,
    random: seededRandom(1),
    pause: async (ms) => {
      clock.nowMs += ms;
    },
  });
  const recording =
    (answer: (attempt: number) => unknown) =>
    async ({ channel, generation, deadlineMs }: Leader) => {
      attempts.push({ nodeId: channel.address, generation, deadlineMs });
      return answer(attempts.length);
    };
  return { harness, clock, caller, attempts, recording };
}

t.test("the leader in force is asked, with its generation and the caller's deadline", async (t) => {
  const { caller, attempts, recording } = testCaller();
  t.equal(
    await caller.call(
      1,
      700,
      recording(() => "ok"),
    ),
    "ok",
  );
  t.strictSame(attempts, [{ nodeId: "new-york-1", generation: 1n, deadlineMs: 700 }]);
});

t.test("without a deadline of the caller there is one all the same", async (t) => {
  const { caller, attempts, recording } = testCaller();
  await caller.call(
    0,
    Number.POSITIVE_INFINITY,
    recording(() => "ok"),
  );
  t.equal(attempts[0].deadlineMs, 5000);
});

for (const reason of ["STALE_GENERATION", "NOT_LEADER"] as const) {
  t.test(`${reason} is healed by looking again`, async (t) => {
    const { harness, caller, attempts, recording } = testCaller();
    const answer = await caller.call(
      0,
      1000,
      recording((attempt) => {
        if (attempt === 2) harness.granted(harness.proposal());
        if (attempt < 3) throw new StoreError(reason);
        return "ok";
      }),
    );
    t.equal(answer, "ok");
    t.strictSame(
      attempts.map(({ generation }) => generation),
      [1n, 1n, 2n],
    );
    t.ok(attempts[2].deadlineMs < attempts[1].deadlineMs, "pauses count");
  });
}

t.test("a disagreement that outlasts the deadline is a frozen shard", async (t) => {
  const { clock, caller, attempts, recording } = testCaller();
  const never = recording(() => {
    throw new StoreError("NOT_LEADER");
  });
  await t.rejects(caller.call(0, 1000, never), { name: "StoreError", reason: "SHARD_FROZEN" });
  t.ok(clock.nowMs < 1000, "it ends before the caller gives up");
  t.ok(attempts.length > 3 && attempts.length < 60, "often, but not in a tight loop");
});

t.test("every other error passes through at once", async (t) => {
  const { caller, attempts, recording } = testCaller();
  const refusing = recording(() => {
    throw new StoreError("TOKEN_REUSED", { message: "as the leader said" });
  });
  await t.rejects(caller.call(0, 1000, refusing), { name: "StoreError", message: "as the leader said" });
  const broken = recording(() => {
    throw new TypeError("a bug");
  });
  await t.rejects(caller.call(0, 1000, broken), TypeError);
  t.equal(attempts.length, 2);
});
