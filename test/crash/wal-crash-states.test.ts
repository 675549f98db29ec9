import t from "tap";
import { seededRandom } from "../../common/random.ts";
import { SimDisk } from "../support/sim-disk.ts";
import { CrashExplorer } from "./crash-explorer.ts";
import { LogPromises } from "./log-promises.ts";
import { LogScript } from "./log-script.ts";

const COMMITS = 300;
const STATES_MIN = 10_000;
/** A file that has no name yet will be removed whatever it holds: a part of those states will do. */
const TEMPORARY_EVERY_NTH = 5;

// Some twenty seconds of one core; a crowded machine may take its time.
t.setTimeout(600_000);

t.test("no crash loses a synced record or leaves a log that does not open", async (t) => {
  const disk = new SimDisk();
  const promises = new LogPromises();
  const explorer = new CrashExplorer(promises);
  disk.beforeCall = (call) => {
    if (call.startsWith("sync")) explorer.crashNow(disk, call.endsWith(".tmp") ? TEMPORARY_EVERY_NTH : 1);
  };
  new LogScript(disk, promises, seededRandom(2)).run(COMMITS);
  const { states, repaired, crashedAgain } = explorer;
  t.comment(`${states} states, ${repaired} of them repaired, ${crashedAgain} crashes within recoveries`);
  t.ok(states >= STATES_MIN, `${states} states`);
  t.ok(repaired > 0 && crashedAgain > 0, "recoveries had work to do and were interrupted");
});
