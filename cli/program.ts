import { Command } from "commander";
import { addCompletionCommand } from "./commands/completion-command.ts";
import { addConfigCommands } from "./commands/config-commands.ts";
import { addDemoCommand } from "./commands/demo-command.ts";
import { addIssuerCommands } from "./commands/issuer-commands.ts";
import { addLookupCommands } from "./commands/lookup-commands.ts";
import { addOperationCommands } from "./commands/operation-commands.ts";
import { addReplayCommand } from "./commands/replay-command.ts";
import { addReservationCommands } from "./commands/reservation-commands.ts";
import { addRoleCommands } from "./commands/role-commands.ts";
import { addShardCommands } from "./commands/shard-commands.ts";
import { addStatusCommand } from "./commands/status-command.ts";
import { addWanCommand } from "./commands/wan-command.ts";

const EXIT_CODES = `
Exit codes: 0 ok, 1 failed (a decline too), 2 usage, 3 degraded, 4 not found,
5 generation mismatch, 6 unreachable. Data goes to standard output, messages to standard error.`;

/** The whole command line: one file of commands per family. */
export function buildProgram(): Command {
  const program = new Command("harborpoint")
    .description("Geo-distributed reservation store: every role and every operator command.")
    .showSuggestionAfterError()
    .exitOverride()
    .addHelpText("after", EXIT_CODES);
  addDemoCommand(program);
  addRoleCommands(program);
  addReplayCommand(program);
  addStatusCommand(program);
  addShardCommands(program);
  addOperationCommands(program);
  addIssuerCommands(program);
  addReservationCommands(program);
  addLookupCommands(program);
  addConfigCommands(program);
  addCompletionCommand(program);
  addWanCommand(program);
  return program;
}
