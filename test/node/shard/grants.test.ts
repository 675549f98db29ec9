import t from "tap";
import { GRANT_KEPT_MS, GRANT_MS, Grants } from "../../../node/shard/grants.ts";

t.test("a grant holds for its time from the sending of the message, not from its answer", async (t) => {
  const grants = new Grants();
  t.notOk(grants.holdAll(["b"], 1000), "nobody grants unasked");
  grants.extend("b", 1000);
  t.ok(grants.holdAll(["b"], 1000 + GRANT_MS - 1));
  t.notOk(grants.holdAll(["b"], 1000 + GRANT_MS));
});

t.test("every peer has to grant", async (t) => {
  const grants = new Grants();
  grants.extend("b", 1000);
  t.notOk(grants.holdAll(["b", "d"], 1001));
  grants.extend("d", 900);
  t.ok(grants.holdAll(["b", "d"], 1001));
  t.ok(grants.holdAll([], 1001), "who is alone needs nobody");
});

t.test("answers out of order never shorten a grant", async (t) => {
  const grants = new Grants();
  grants.extend("b", 2000);
  grants.extend("b", 1000);
  t.ok(grants.holdAll(["b"], 2000 + GRANT_MS - 1));
});

t.test("an answer that echoes no message grants nothing", async (t) => {
  const grants = new Grants();
  grants.extend("b", 0);
  t.notOk(grants.holdAll(["b"], 1));
});

t.test("after a generation ends its grants are gone, new ones count", async (t) => {
  const grants = new Grants();
  grants.extend("b", 1000);
  grants.drop();
  t.notOk(grants.holdAll(["b"], 1001));
  grants.extend("b", 1001);
  t.ok(grants.holdAll(["b"], 1002));
});

t.test("when the clock is distrusted, answers to what was sent before grant nothing either", async (t) => {
  const grants = new Grants();
  grants.extend("b", 1000);
  grants.distrust(1500);
  t.notOk(grants.holdAll(["b"], 1500));
  grants.extend("b", 1500);
  t.notOk(grants.holdAll(["b"], 1501), "an answer that was under way");
  grants.extend("b", 1501);
  t.ok(grants.holdAll(["b"], 1502));
});

t.test(
  "the holder stops before the grantor, at clocks half a percent fast or slow, client limit included",
  async (t) => {
    t.ok((GRANT_MS + 1000) * 1.005 < GRANT_KEPT_MS * 0.995);
  },
);
