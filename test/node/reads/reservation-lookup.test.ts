import t from "tap";
import { Kind } from "../../../common/batch/kinds.ts";
import { reservationByPosition, reservationByToken } from "../../../node/reads/reservation-lookup.ts";
import { change, reserve, TestReplica } from "../../support/node/test-replica.ts";
import { SHARD_ID } from "../../support/shard/frame-author.ts";
import { namedToken } from "../../support/shard/named-tokens.ts";
import { storeErrorPattern } from "../../support/store-error-pattern.ts";

function filled(): TestReplica {
  const replica = new TestReplica().register("X", 150).register("Y");
  replica.write(reserve("r1", "X"), reserve("too-much", "X"), reserve("r2", "Y"));
  replica.write(change(Kind.RELEASE, "rel", "r2", "Y"));
  return replica;
}

t.test("a reservation is found by the token of its reserve request", async (t) => {
  const replica = filled();
  t.equal(reservationByToken(replica, "X", namedToken("r1")).amountMinor, 100n);
  t.equal(reservationByToken(replica, "Y", namedToken("r2")).issuerId, "Y");
});

t.test("what made no reservation is not found by token", async (t) => {
  const replica = filled();
  const missing = storeErrorPattern("RESERVATION_NOT_FOUND");
  t.throws(() => reservationByToken(replica, "X", namedToken("never sent")), missing);
  t.throws(() => reservationByToken(replica, "X", namedToken("too-much")), missing, "a decline");
  t.throws(() => reservationByToken(replica, "Y", namedToken("rel")), missing, "a release");
  t.throws(() => reservationByToken(replica, "Y", namedToken("r1")), missing, "another issuer's token");
  t.throws(() => reservationByToken(replica, "Z", namedToken("r1")), storeErrorPattern("ISSUER_NOT_FOUND"));
});

t.test("a reservation is found by the position in its id", async (t) => {
  const replica = filled();
  const reservation = reservationByPosition(replica, { shardId: SHARD_ID, generation: 1, lsn: 4 });
  t.equal(reservation.reservationId, reservationByToken(replica, "X", namedToken("r1")).reservationId);
});

t.test("a position that made no reservation, or did not survive, is not found", async (t) => {
  const replica = filled();
  const missing = storeErrorPattern("RESERVATION_NOT_FOUND");
  const at =
    (lsn: number, generation = 1, shardId = SHARD_ID) =>
    () =>
      reservationByPosition(replica, { shardId, generation, lsn });
  t.throws(at(2), missing, "a registration");
  t.throws(at(5), missing, "a decline");
  t.throws(at(4, 2), missing, "another generation");
  t.throws(at(4, 1, SHARD_ID + 1), missing, "another shard");
  t.throws(at(0), missing);
  t.throws(at(999), missing, "beyond what is applied");
});
