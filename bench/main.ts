// `npm run bench -- <name>`: see bench/README.md.
import { CommanderError } from "commander";
import { exitCodeOf, UsageError } from "../cli/exit-code.ts";
import { buildBenchProgram } from "./program.ts";

// Syncs of one round overlap only with enough threads; nothing has used the pool yet.
process.env.UV_THREADPOOL_SIZE ??= "16";

// Whatever ends this process, exit handlers stop the children and remove the temporary stores.
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.once(signal, () => process.exit(1));

try {
  await buildBenchProgram().parseAsync(process.argv);
} catch (error) {
  // Commander has said what it had to say already.
  if (!(error instanceof CommanderError)) process.stderr.write(`${describe(error)}\n`);
  process.exitCode = exitCodeOf(error);
}

/** A stack only for what nobody foresaw. */
function describe(error: unknown): string {
  if (error instanceof UsageError) return error.message;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
