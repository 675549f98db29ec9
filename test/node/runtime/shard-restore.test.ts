import t from "tap";
import { Kind } from "../../../common/batch/kinds.ts";
import { observeToken } from "../../../node/reads/token-status.ts";
import { restoreState } from "../../../node/runtime/shard-restore.ts";
import { stateHash } from "../../../node/runtime/state-hash.ts";
import type { Checkpoint } from "../../../node/storage/checkpoint.ts";
import { TokenStatus } from "../../../proto/gen/harborpoint/reservation/v1/reservation_pb.ts";
import { change, reserve, TestReplica } from "../../support/node/test-replica.ts";
import { TOKEN_HASH_KEY } from "../../support/shard/frame-author.ts";
import { namedToken } from "../../support/shard/named-tokens.ts";

/** A log of registrations, reserves and changes; every record but the last frame's is proved committed. */
function filled(): TestReplica {
  const replica = new TestReplica().register("X").register("Y");
  replica.write(reserve("r1", "X"), reserve("r2", "Y", { ttlMs: 60_000 }));
  replica.write(change(Kind.RELEASE, "rel", "r1", "X"));
  replica.write(reserve("r3", "X"));
  replica.write(reserve("in doubt", "X"));
  return replica;
}

/** The checkpoint a node would have written at an LSN of the log. */
async function checkpointAt(replica: TestReplica, appliedLsn: number): Promise<Checkpoint> {
  const prefix = new TestReplica(replica.author.fork(1, appliedLsn + 1)).state;
  return {
    appliedLsn,
    appliedChain: replica.author.chainAt(appliedLsn),
    generation: 1,
    lineage: prefix.lineage,
    issuers: prefix.issuers.takeDirty(),
    reservationChunks: prefix.reservations.takeDirty(),
    tokenRuns: prefix.tokens.takeSealed(),
  };
}

function restore(replica: TestReplica, checkpoint: Checkpoint | undefined) {
  return restoreState({
    checkpoint,
    tokenHashKey: TOKEN_HASH_KEY,
    log: replica.log,
    tailLsn: replica.log.lastLsn,
    nextTurn: async () => {},
  });
}

t.test("without a checkpoint the whole proved log is replayed, and not a record more", async (t) => {
  const replica = filled();
  const state = await restore(replica, undefined);
  t.equal(state.appliedLsn, replica.log.lastLsn - 1, "the last frame is in doubt");
  const proved = new TestReplica(replica.author.fork(1, replica.log.lastLsn));
  t.same(stateHash(state), stateHash(proved.state));
});

t.test("a checkpoint and the log behind it lead to the same state", async (t) => {
  const replica = filled();
  const whole = await restore(replica, undefined);
  for (const appliedLsn of [1, 3, 5, 6, 7]) {
    const state = await restore(replica, await checkpointAt(replica, appliedLsn));
    t.same(stateHash(state), stateHash(whole), `checkpoint at ${appliedLsn}`);
    t.equal(state.expiries.size, 1, "the expiry that is due later is remembered");
  }
});

t.test("tokens from before the checkpoint are found again", async (t) => {
  const replica = filled();
  const state = await restore(replica, await checkpointAt(replica, 6));
  const view = new TestReplica(replica.author);
  const restored = {
    shardId: view.shardId,
    state,
    log: replica.log,
    status: () => view.status(),
    isTokenPending: () => false,
  };
  for (const name of ["r1", "rel", "r3"]) {
    const issuer = name === "r2" ? "Y" : "X";
    t.equal(observeToken(restored, issuer, namedToken(name), 0).status, TokenStatus.APPROVED, name);
  }
  t.equal(observeToken(restored, "X", namedToken("in doubt"), 0).status, TokenStatus.NOT_FOUND);
});

t.test("an empty log restores to an empty state", async (t) => {
  const log = new TestReplica().author.fork(1, 1).log;
  const state = await restoreState({
    checkpoint: undefined,
    tokenHashKey: TOKEN_HASH_KEY,
    log,
    tailLsn: 0,
    nextTurn: async () => {},
  });
  t.equal(state.appliedLsn, 0);
});

t.test("a long replay lets the event loop turn", async (t) => {
  const replica = new TestReplica().register("X", 10_000_000);
  for (let frame = 0; frame < 14; frame++) {
    replica.write(...Array.from({ length: 4000 }, (_, i) => reserve(`${frame}-${i}`, "X")));
  }
  let turns = 0;
  const nextTurn = async (): Promise<void> => void turns++;
  const source = {
    checkpoint: undefined,
    tokenHashKey: TOKEN_HASH_KEY,
    log: replica.log,
    tailLsn: replica.log.lastLsn,
  };
  await restoreState({ ...source, nextTurn });
  t.ok(turns >= 2);
});
