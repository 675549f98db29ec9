import t from "tap";
import { Session } from "../../client/session.ts";
import { approvedAt } from "../support/decisions.ts";

const decisionAt = (shardId: number, generation: number, lsn: number, sessionToken: string) =>
  approvedAt(lsn, { position: { shardId, generation, lsn }, sessionToken });

t.test("the newest write on a shard counts, in whatever order the answers come", async (t) => {
  const session = new Session();
  session.observe("A", decisionAt(1, 1, 9, "nine"));
  session.observe("B", decisionAt(1, 1, 5, "five"));
  t.equal(session.tokenFor("A"), "nine");
  t.equal(session.tokenFor("B"), "nine");
  session.observe("B", decisionAt(1, 2, 3, "next generation"));
  t.equal(session.tokenFor("A"), "next generation");
});

t.test("shards do not mix, and an issuer nobody wrote to has no token", async (t) => {
  const session = new Session();
  session.observe("A", decisionAt(1, 1, 1, "one"));
  session.observe("B", decisionAt(2, 1, 1, "two"));
  t.equal(session.tokenFor("A"), "one");
  t.equal(session.tokenFor("B"), "two");
  t.equal(session.tokenOfShard(2), "two");
  t.equal(session.tokenFor("C"), undefined);
});

t.test("an answer without a session token changes nothing", async (t) => {
  const session = new Session();
  session.observe("A", decisionAt(1, 1, 1, ""));
  t.equal(session.tokenFor("A"), undefined);
});
