import t from "tap";
import { Kind } from "../../../common/batch/kinds.ts";
import { listOpenReservations } from "../../../node/reads/open-reservations.ts";
import { change, reserve, TestReplica } from "../../support/node/test-replica.ts";
import { SHARD_ID } from "../../support/shard/frame-author.ts";
import { storeErrorPattern } from "../../support/store-error-pattern.ts";

const tokensOf = (page: { reservations: { amountMinor: bigint }[] }) =>
  page.reservations.map(({ amountMinor }) => Number(amountMinor));

/** Reservations of 1 … count on an issuer, five to a frame. */
function filled(count: number): TestReplica {
  const replica = new TestReplica().register("X").register("Y");
  for (let first = 1; first <= count; first += 5) {
    const names = Array.from({ length: Math.min(5, count - first + 1) }, (_, i) => first + i);
    replica.write(
      ...names.map((name) => reserve(`r${name}`, "X", { amountMinor: name })),
      reserve(`y${first}`, "Y"),
    );
  }
  return replica;
}

t.test("open reservations of one issuer come newest first", async (t) => {
  const replica = filled(7);
  replica.write(change(Kind.RELEASE, "rel", "r3", "X"), change(Kind.AMEND, "am", "r5", "X", 50));
  const page = listOpenReservations(replica, "X", 0, "");
  t.same(tokensOf(page), [7, 6, 50, 4, 2, 1]);
  t.equal(page.nextPageToken, "");
});

t.test("pages continue where the one before ended, though new records arrive", async (t) => {
  const replica = filled(7);
  const first = listOpenReservations(replica, "X", 3, "");
  t.same(tokensOf(first), [7, 6, 5]);
  t.not(first.nextPageToken, "");
  replica.write(reserve("late", "X", { amountMinor: 99 }), change(Kind.RELEASE, "rel", "r3", "X"));
  const second = listOpenReservations(replica, "X", 3, first.nextPageToken);
  t.same(tokensOf(second), [4, 2, 1]);
  const third = listOpenReservations(replica, "X", 3, second.nextPageToken);
  t.same(tokensOf(third), [], "only the registration was left");
  t.equal(third.nextPageToken, "");
  t.same(tokensOf(listOpenReservations(replica, "X", 2, "")), [99, 7], "a new listing sees the new record");
});

t.test("a long history ends a page early, and the token goes on", async (t) => {
  const replica = new TestReplica().register("X", 1_000_000_000);
  replica.write(reserve("old", "X", { amountMinor: 5 }));
  for (let i = 0; i < 30; i++) {
    const names = Array.from({ length: 40 }, (_, j) => `n${i}-${j}`);
    replica.write(...names.map((name) => reserve(name, "X")));
    replica.write(...names.map((name) => change(Kind.RELEASE, `rel ${name}`, name, "X")));
  }
  const pages: number[] = [];
  const found: number[] = [];
  for (let token = "", more = true; more; ) {
    const page = listOpenReservations(replica, "X", 0, token);
    pages.push(page.reservations.length);
    found.push(...tokensOf(page));
    token = page.nextPageToken;
    more = token !== "";
  }
  t.same(found, [5]);
  t.ok(pages.length > 1, "one page does not look at 2400 records");
});

t.test("an issuer without records but its registration has an empty list", async (t) => {
  t.same(listOpenReservations(new TestReplica().register("X"), "X", 0, ""), {
    reservations: [],
    nextPageToken: "",
  });
});

t.test("what is malformed is refused with its field", async (t) => {
  const replica = filled(5);
  const yToken = listOpenReservations(filled(11), "Y", 1, "").nextPageToken;
  const refused = (issuerId: string, size: number, token: string) => () =>
    listOpenReservations(replica, issuerId, size, token);
  t.throws(refused("Z", 0, ""), storeErrorPattern("ISSUER_NOT_FOUND"));
  t.throws(refused("X", 1001, ""), storeErrorPattern("INVALID_REQUEST", { field: "page_size" }));
  for (const token of ["nonsense", "AQ", "!!", "x".repeat(500), yToken]) {
    t.throws(refused("X", 0, token), storeErrorPattern("INVALID_REQUEST", { field: "page_token" }), token);
  }
});

t.test("a page token of a lost tail is refused", async (t) => {
  const replica = filled(7);
  const { nextPageToken } = listOpenReservations(replica, "X", 1, "");
  const survivor = new TestReplica(replica.author.fork(2, 4));
  survivor.author.start();
  survivor.write(reserve("other", "X"), reserve("another", "X"), reserve("more", "X"), reserve("most", "X"));
  survivor.write(reserve("o5", "X"), reserve("o6", "X"), reserve("o7", "X"), reserve("o8", "X"));
  t.throws(
    () => listOpenReservations(survivor, "X", 1, nextPageToken),
    storeErrorPattern("INVALID_REQUEST", { field: "page_token" }),
  );
  t.equal(survivor.shardId, SHARD_ID);
});
