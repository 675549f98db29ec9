import t from "tap";
import { Kind } from "../../../common/batch/kinds.ts";
import { exposureOf } from "../../../node/reads/exposure.ts";
import { change, reserve, TestReplica } from "../../support/node/test-replica.ts";
import { namedToken } from "../../support/shard/named-tokens.ts";
import { storeErrorPattern } from "../../support/store-error-pattern.ts";

t.test("exposure counts what is open and what is settled", async (t) => {
  const replica = new TestReplica().register("X", 1_000);
  replica.write(reserve("r1", "X"), reserve("r2", "X"), reserve("r3", "X"));
  replica.write(change(Kind.SETTLE, "s", "r1", "X"), change(Kind.RELEASE, "r", "r2", "X"));
  t.match(exposureOf(replica, "X"), {
    issuerId: "X",
    currency: "EUR",
    limitMinor: 1000n,
    exposureMinor: 200n,
    headroomMinor: 800n,
    openCount: 1n,
    settledCount: 1n,
  });
});

t.test("headroom is negative once the limit is below the exposure", async (t) => {
  const replica = new TestReplica().register("X", 1_000);
  replica.write(reserve("r1", "X"));
  replica.write({ kind: Kind.SET_LIMIT, token: namedToken("limit"), issuerId: "X", amountMinor: 40 });
  t.equal(exposureOf(replica, "X").headroomMinor, -60n);
});

t.test("an unknown issuer has no exposure", async (t) => {
  t.throws(() => exposureOf(new TestReplica(), "X"), storeErrorPattern("ISSUER_NOT_FOUND"));
});
