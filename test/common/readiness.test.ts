import t from "tap";
import { Readiness } from "../../common/readiness.ts";

t.test("checks are asked anew each time, in order, and can be replaced", async (t) => {
  const readiness = new Readiness();
  let problem: string | undefined = "starting";
  readiness.setCheck("shards", () => problem);
  readiness.setCheck("disk", () => undefined);
  t.same(readiness.results(), [
    { name: "shards", problem: "starting" },
    { name: "disk", problem: undefined },
  ]);
  problem = undefined;
  readiness.setCheck("disk", () => "full");
  t.same(readiness.results(), [
    { name: "shards", problem: undefined },
    { name: "disk", problem: "full" },
  ]);
});
