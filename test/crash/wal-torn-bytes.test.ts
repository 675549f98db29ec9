import t from "tap";
import { seededRandom } from "../../common/random.ts";
import { WalWriter } from "../../node/wal/wal-writer.ts";
import { FrameChain } from "../support/frame-chain.ts";
import { SimDisk } from "../support/sim-disk.ts";
import { recoverTestLog, writerOptions } from "../support/test-log.ts";
import { byteChoices } from "./crash-choices.ts";
import { CrashExplorer } from "./crash-explorer.ts";
import { LogPromises } from "./log-promises.ts";
import { LogScript } from "./log-script.ts";

const COMMITS = 12;

t.test("the last two frames may be torn at any byte", async (t) => {
  const disk = new SimDisk();
  const promises = new LogPromises();
  const explorer = new CrashExplorer(promises);
  new LogScript(disk, promises, seededRandom(3)).run(COMMITS);
  const writer = new WalWriter(writerOptions(disk), recoverTestLog(disk));
  const chain = new FrameChain(writer.tail);
  for (const frame of [chain.next(3, { labels: '{"desk":"rates"}' }), chain.next(2)]) {
    promises.appending([frame]);
    writer.append([frame]);
  }
  for (const change of disk.unsynced()) {
    for (const choice of byteChoices(change)) explorer.crash(disk, choice);
  }
  t.ok(explorer.states > 1000, `${explorer.states} states`);
});
