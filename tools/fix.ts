// npm run fix: applies what the tools can repair by themselves.
import { OWN_PROTO } from "./checks.ts";
import { runCommand } from "./command.ts";
import { completeLockfile } from "./lockfile.ts";

const COMMANDS = [
  ["oxlint", "--fix", "--quiet"],
  ["biome", "format", "--write", "--colors=off", "."],
  ["buf", "format", "--write", ...OWN_PROTO],
];

for (const command of COMMANDS) {
  const { ok, output, ending } = await runCommand(command, { timeoutMs: 5 * 60_000 });
  if (!ok) {
    console.log(`${command.join(" ")}: ${ending}\n${output}`);
    process.exitCode = 1; // and go on: the next one may still repair its part
  }
}

const completed = completeLockfile();
if (completed > 0) console.log(`package-lock.json: added ${completed} optional packages of other platforms`);
