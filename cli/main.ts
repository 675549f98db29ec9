import { CommanderError } from "commander";
import { ConfigError } from "../common/config/config-error.ts";
import { StoreError } from "../common/errors/store-error.ts";
import { exitCodeOf, UsageError } from "./exit-code.ts";
import { buildProgram } from "./program.ts";
import { JournalError } from "../workload/journal/journal-reader.ts";

/** One message on standard error; a stack only for what nobody foresaw. */
function describeError(error: unknown): string {
  if (error instanceof ConfigError)
    return error.problems.map((problem) => `configuration: ${problem}`).join("\n");
  if (error instanceof StoreError) return `${error.reason}: ${error.message}`;
  if (error instanceof UsageError || error instanceof JournalError) return error.message;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

try {
  await buildProgram().parseAsync(process.argv);
} catch (error) {
  // Commander has said what it had to say already.
  if (!(error instanceof CommanderError)) process.stderr.write(`${describeError(error)}\n`);
  process.exitCode = exitCodeOf(error);
}
