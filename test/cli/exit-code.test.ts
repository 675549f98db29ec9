import { CommanderError } from "commander";
import t from "tap";
import { ExitCode, exitCodeOf, UsageError } from "../../cli/exit-code.ts";
import { ConfigError } from "../../common/config/config-error.ts";
import { ERROR_CATALOG, type Reason } from "../../common/errors/catalog.ts";
import { StoreError } from "../../common/errors/store-error.ts";
import { JournalError } from "../../workload/journal/journal-reader.ts";

t.test("each kind of trouble has its code", async (t) => {
  const codes: [Error, number][] = [
    [new StoreError("ISSUER_NOT_FOUND"), ExitCode.NOT_FOUND],
    [new StoreError("GENERATION_CONFLICT"), ExitCode.GENERATION_MISMATCH],
    [new StoreError("METADATA_UNAVAILABLE"), ExitCode.UNREACHABLE],
    [new StoreError("INVALID_REQUEST"), ExitCode.USAGE],
    [new StoreError("TOKEN_REUSED"), ExitCode.FAILED],
    [new UsageError("no"), ExitCode.USAGE],
    [new ConfigError(["no"]), ExitCode.USAGE],
    [new JournalError("no"), ExitCode.USAGE],
    [new CommanderError(1, "code", "no"), ExitCode.USAGE],
    [new CommanderError(0, "commander.helpDisplayed", "help"), ExitCode.OK],
    [new TypeError("no"), ExitCode.FAILED],
  ];
  for (const [error, code] of codes) t.equal(exitCodeOf(error), code, error.name);
});

t.test("no error of the catalogue ends like a success", async (t) => {
  for (const reason of Object.keys(ERROR_CATALOG))
    t.not(exitCodeOf(new StoreError(reason as Reason)), ExitCode.OK);
});
