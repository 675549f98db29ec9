import t from "tap";
import { Kind } from "../../../common/batch/kinds.ts";
import { stateHash } from "../../../node/runtime/state-hash.ts";
import { ShardState } from "../../../node/shard/shard-state.ts";
import { change, reserve, TestReplica } from "../../support/node/test-replica.ts";
import { TOKEN_HASH_KEY } from "../../support/shard/frame-author.ts";

const hex = (state: ShardState) => Buffer.from(stateHash(state)).toString("hex");

function filled(amountMinor = 100): TestReplica {
  const replica = new TestReplica().register("X").register("Y");
  replica.write(reserve("r1", "X", { amountMinor }), reserve("r2", "Y"));
  replica.write(change(Kind.SETTLE, "s", "r2", "Y"));
  return replica;
}

/** The state that the same log leads to on another replica, whose token hash has another key. */
function replayed(replica: TestReplica): ShardState {
  const state = new ShardState(Uint32Array.of(4, 3, 2, 1));
  for (const frame of replica.log.frames) state.applyFrame(frame);
  return state;
}

t.test("replicas that applied the same log have the same hash", async (t) => {
  const replica = filled();
  t.equal(hex(replayed(replica)), hex(replica.state));
});

t.test("a replica restored from a checkpoint has the same hash", async (t) => {
  const { state } = filled();
  const restored = new ShardState(TOKEN_HASH_KEY);
  for (let number = 0; number < state.issuers.count; number++)
    restored.issuers.restore(state.issuers.row(number));
  for (const { index, bytes } of state.reservations.takeDirty()) restored.reservations.restore(index, bytes);
  restored.restored(state.appliedLsn, state.lineage);
  t.equal(hex(restored), hex(state));
});

t.test("any difference of state shows", async (t) => {
  const plain = hex(filled().state);
  const another = filled();
  another.write(reserve("r3", "X"));
  const otherAmount = filled(101);
  const fork = new TestReplica(filled().author.fork(2, 5));
  fork.author.start();
  const hashes = [plain, hex(another.state), hex(otherAmount.state), hex(fork.state)];
  t.equal(new Set(hashes).size, hashes.length);
});

t.test("a state change without a new amount shows too", async (t) => {
  const settled = filled();
  const released = new TestReplica().register("X").register("Y");
  released.write(reserve("r1", "X"), reserve("r2", "Y"));
  released.write(change(Kind.AMEND, "s", "r2", "Y", 100));
  t.not(hex(settled.state), hex(released.state));
});

t.test("more reservations than fit one update of the hash", async (t) => {
  const replica = new TestReplica().register("X", 10_000_000);
  replica.write(...Array.from({ length: 3000 }, (_, i) => reserve(`r${i}`, "X")));
  const before = hex(replica.state);
  t.equal(hex(replayed(replica)), before);
  replica.write(change(Kind.RELEASE, "rel", "r2999", "X"));
  t.not(hex(replica.state), before);
});
