import t from "tap";
import { timestampMs } from "@bufbuild/protobuf/wkt";
import { Kind } from "../../../common/batch/kinds.ts";
import { formatToken } from "../../../common/batch/token.ts";
import { formatReservationId } from "../../../common/tokens/reservation-id.ts";
import { RecordFinder } from "../../../node/reads/record-place.ts";
import { reservationAt } from "../../../node/reads/reservation-view.ts";
import { ReservationState } from "../../../proto/gen/harborpoint/types/v1/types_pb.ts";
import { change, reserve, TestReplica } from "../../support/node/test-replica.ts";
import { SHARD_ID } from "../../support/shard/frame-author.ts";
import { EPOCH_MS, namedToken } from "../../support/shard/named-tokens.ts";

const view = (replica: TestReplica, lsn: number) =>
  reservationAt(replica, new RecordFinder(replica.log), lsn);

t.test("a new reservation carries everything its request said", async (t) => {
  const replica = new TestReplica().register("MUNI-77");
  const lsn = replica.write(
    reserve("r1", "MUNI-77", {
      desk: "rates",
      trader: "ana",
      labels: '{"book":"B7"}',
      ttlMs: 60_000,
    }),
  );
  const reservation = view(replica, lsn);
  t.match(reservation, {
    reservationId: formatReservationId({ shardId: SHARD_ID, generation: 1, lsn }),
    reservationToken: formatToken(namedToken("r1")),
    issuerId: "MUNI-77",
    amountMinor: 100n,
    currency: "EUR",
    desk: "rates",
    trader: "ana",
    region: "madrid",
    state: ReservationState.OPEN,
    version: 1,
    labels: { book: "B7" },
    position: { shardId: SHARD_ID, generation: 1n, lsn: BigInt(lsn) },
  });
  t.equal(reservation.createTime && timestampMs(reservation.createTime), EPOCH_MS);
  t.equal(reservation.expireTime && timestampMs(reservation.expireTime), EPOCH_MS + 60_000);
});

t.test("amount, version and update time are those of the last change", async (t) => {
  const replica = new TestReplica().register("X");
  const lsn = replica.write(reserve("r1", "X"));
  replica.author.timeMs += 5_000;
  replica.write(change(Kind.AMEND, "a1", "r1", "X", 250));
  const reservation = view(replica, lsn);
  t.equal(reservation.amountMinor, 250n);
  t.equal(reservation.version, 2);
  t.equal(reservation.updateTime && timestampMs(reservation.updateTime), EPOCH_MS + 5_000);
  t.equal(reservation.createTime && timestampMs(reservation.createTime), EPOCH_MS);
  t.equal(reservation.expireTime, undefined, "without a time to live it never expires");
});

t.test("the state is the one after the last change", async (t) => {
  for (const [kind, state] of [
    [Kind.RELEASE, ReservationState.RELEASED],
    [Kind.SETTLE, ReservationState.SETTLED],
  ] as const) {
    const replica = new TestReplica().register("X");
    const lsn = replica.write(reserve("r1", "X", { amountMinor: 70 }));
    replica.write(change(kind, "c1", "r1", "X"));
    const reservation = view(replica, lsn);
    t.equal(reservation.state, state);
    t.equal(reservation.amountMinor, 70n, "the amount stays to be seen");
  }
});

t.test("an expired reservation says so", async (t) => {
  const replica = new TestReplica().register("X");
  const lsn = replica.write(reserve("r1", "X", { ttlMs: 1_000 }));
  replica.author.expire(lsn);
  t.equal(view(replica, lsn).state, ReservationState.EXPIRED);
});
