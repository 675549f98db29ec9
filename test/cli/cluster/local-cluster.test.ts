import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import t from "tap";
import { MADRID_AND_NEW_YORK } from "../../../cli/cluster/cluster-shape.ts";
import { LocalCluster } from "../../../cli/cluster/local-cluster.ts";
import { temporaryDirectory } from "../../support/temporary-directory.ts";

const SHAPE = { regions: MADRID_AND_NEW_YORK, shards: 2, wanDelayMs: 1 };

t.setTimeout(120_000);

t.test("when one process does not come up, nothing stays", { timeout: 100_000 }, async (t) => {
  const directory = temporaryDirectory(t);
  const ended: string[] = [];
  const start = LocalCluster.start({
    shape: SHAPE,
    directory,
    nodeFlags: ["--lanes", "many"],
    onUnexpectedEnd: (name, _end, logPath) => ended.push(`${name} ${logPath}`),
  });
  await t.rejects(start, /ended before it was ready[^]*lanes/);
  t.same(ended, [], "those that were ready were asked to leave");
  t.ok(readdirSync(join(directory, "logs")).length > 1);
  t.match(readFileSync(join(directory, "logs", "madrid-1.log"), "utf8"), /lanes/);
});
