import { globSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import t from "tap";
import { runScript } from "../support/scripts/run-script.ts";
import { readScript, writeScript } from "../support/scripts/script-file.ts";

// UPDATE=1 rewrites what the scripts expect; the difference is then for the author to judge.
const UPDATES = process.env["UPDATE"] === "1";

const paths = globSync("**/*.txt", { cwd: import.meta.dirname }).sort();
t.ok(paths.length >= 35, "the scripts are there");

for (const path of paths) {
  const script = readScript(join(import.meta.dirname, path));
  const name = `${dirname(path)}/${basename(path, ".txt")}: ${script.claim}`;
  t.test(name, async (t) => {
    const trace = runScript(script.commands);
    if (UPDATES && trace !== script.expected) writeScript(script, trace);
    t.equal(trace, UPDATES ? trace : script.expected);
  });
}
