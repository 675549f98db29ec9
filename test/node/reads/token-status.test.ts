import t from "tap";
import { Decline, Kind, Outcome } from "../../../common/batch/kinds.ts";
import { observeToken } from "../../../node/reads/token-status.ts";
import { TokenStatus } from "../../../proto/gen/harborpoint/reservation/v1/reservation_pb.ts";
import { change, reserve, TestReplica } from "../../support/node/test-replica.ts";
import { EPOCH_MS, namedToken } from "../../support/shard/named-tokens.ts";
import { storeErrorPattern } from "../../support/store-error-pattern.ts";

const HORIZON_MS = EPOCH_MS - 30 * 86_400_000;

const observe = (replica: TestReplica, issuerId: string, name: string, timeMs = EPOCH_MS) =>
  observeToken(replica, issuerId, namedToken(name, timeMs), HORIZON_MS);

function filled(): TestReplica {
  const replica = new TestReplica().register("X", 150).register("Y");
  replica.write(reserve("r1", "X"), reserve("too-much", "X"));
  return replica;
}

t.test("a recorded decision is reported as a replay with its original position", async (t) => {
  const replica = filled();
  const approved = observe(replica, "X", "r1");
  t.equal(approved.status, TokenStatus.APPROVED);
  t.match(approved.recorded, {
    outcome: Outcome.APPROVED,
    replayed: true,
    shardId: 5,
    generation: 1,
    lsn: 4,
    headroomMinor: 50,
    reservationGeneration: 1,
    reservationLsn: 4,
  });
  const declined = observe(replica, "X", "too-much");
  t.equal(declined.status, TokenStatus.DECLINED);
  t.match(declined.recorded, { reason: Decline.LIMIT_EXCEEDED, lsn: 5, reservationLsn: 0 });
});

t.test("a decision outlives the leader that made it", async (t) => {
  const replica = filled();
  const next = new TestReplica(replica.author.fork(2, 6));
  next.author.start();
  next.write(change(Kind.RELEASE, "rel", "r1", "X"));
  t.match(observe(next, "X", "r1").recorded, { generation: 1, lsn: 4 });
  t.match(observe(next, "X", "rel").recorded, {
    generation: 2,
    lsn: 7,
    reservationGeneration: 1,
    reservationLsn: 4,
  });
});

t.test("what is under way is neither there nor not there", async (t) => {
  const replica = filled();
  replica.setPending("X", "on its way");
  t.same(observe(replica, "X", "on its way"), { status: TokenStatus.IN_FLIGHT, recorded: undefined });
});

t.test("what was never recorded is not found, or past the horizon", async (t) => {
  const replica = filled();
  t.equal(observe(replica, "X", "never").status, TokenStatus.NOT_FOUND);
  t.equal(observe(replica, "X", "never", HORIZON_MS - 1).status, TokenStatus.EXPIRED);
  t.equal(observe(replica, "Y", "r1").status, TokenStatus.NOT_FOUND, "a token's scope is its issuer");
  t.throws(() => observe(replica, "Z", "r1"), storeErrorPattern("ISSUER_NOT_FOUND"));
});

t.test("a token fence counts once the remote region holds it", async (t) => {
  const replica = filled();
  const lsn = replica.write({ kind: Kind.TOKEN_FENCE, token: namedToken("fenced"), issuerId: "X" });
  t.equal(observe(replica, "X", "fenced").status, TokenStatus.FENCED);
  replica.changes = { remoteDurableLsn: lsn - 1 };
  t.equal(observe(replica, "X", "fenced").status, TokenStatus.FENCED_HOME_ONLY);
});

t.test("behind a closed gate an unprotected decision is not told", async (t) => {
  const replica = filled();
  replica.changes = { remoteDurableLsn: 4, gateClause: "remote_proof" };
  t.same(observe(replica, "X", "too-much"), {
    status: TokenStatus.COMMITTED_UNPROTECTED,
    recorded: undefined,
  });
  t.equal(observe(replica, "X", "r1").status, TokenStatus.APPROVED, "the remote region holds this one");
});

t.test("without an issuer every issuer of the shard is asked", async (t) => {
  const replica = filled();
  replica.write(reserve("on Y", "Y"));
  t.equal(observe(replica, "", "on Y").status, TokenStatus.APPROVED);
  t.equal(observe(replica, "", "r1").status, TokenStatus.APPROVED);
  t.equal(observe(replica, "", "never").status, TokenStatus.NOT_FOUND);
  replica.setPending("", "on its way");
  t.equal(observe(replica, "", "on its way").status, TokenStatus.IN_FLIGHT);
});
