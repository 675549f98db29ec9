import t from "tap";
import { functionCosts } from "../../../bench/profile/cpu-profile.ts";

const frame = (functionName: string, url = "", lineNumber = -1) => ({ functionName, url, lineNumber });

t.test("self time by function, places merged, idle time left out", async (t) => {
  const profile = {
    nodes: [
      { id: 1, callFrame: frame("(root)") },
      { id: 2, callFrame: frame("decide", "file:///x/node/shard/frame-decider.ts", 119) },
      { id: 3, callFrame: frame("(idle)") },
      { id: 4, callFrame: frame("", "node:net", 4) },
      { id: 5, callFrame: frame("decide", "file:///x/node/shard/frame-decider.ts", 119) },
    ],
    samples: [2, 3, 4, 5, 4],
    timeDeltas: [100, 1000, 20, 200, 30],
  };
  t.same(functionCosts(JSON.stringify(profile)), [
    { name: "decide frame-decider.ts:120", micros: 300 },
    { name: "(anonymous) node:net:5", micros: 50 },
  ]);
});

t.test("what is no profile is refused", async (t) => {
  t.throws(() => functionCosts("{}"));
});
