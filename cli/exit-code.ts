import { CommanderError } from "commander";
import type { Reason } from "../common/errors/catalog.ts";
import { ConfigError } from "../common/config/config-error.ts";
import { StoreError } from "../common/errors/store-error.ts";
import { JournalError } from "../workload/journal/journal-reader.ts";

/** What a script can tell from how a command ended. */
export const ExitCode = {
  OK: 0,
  FAILED: 1,
  USAGE: 2,
  DEGRADED: 3,
  NOT_FOUND: 4,
  GENERATION_MISMATCH: 5,
  UNREACHABLE: 6,
} as const;
export type ExitCode = (typeof ExitCode)[keyof typeof ExitCode];

/** A command that was told something it cannot do. */
export class UsageError extends Error {
  constructor(message: string) {
    super(message);
    this.name = "UsageError";
  }
}

const BY_REASON: Partial<Record<Reason, ExitCode>> = {
  INVALID_REQUEST: ExitCode.USAGE,
  ISSUER_NOT_FOUND: ExitCode.NOT_FOUND,
  RESERVATION_NOT_FOUND: ExitCode.NOT_FOUND,
  STALE_GENERATION: ExitCode.GENERATION_MISMATCH,
  GENERATION_CONFLICT: ExitCode.GENERATION_MISMATCH,
  LEADER_UNREACHABLE: ExitCode.UNREACHABLE,
  METADATA_UNAVAILABLE: ExitCode.UNREACHABLE,
};

/** Exit code for an error that ended a command. */
export function exitCodeOf(error: unknown): ExitCode {
  if (error instanceof StoreError) return BY_REASON[error.reason] ?? ExitCode.FAILED;
  if (error instanceof CommanderError) return error.exitCode === 0 ? ExitCode.OK : ExitCode.USAGE;
  const isUsage =
    error instanceof UsageError || error instanceof ConfigError || error instanceof JournalError;
  return isUsage ? ExitCode.USAGE : ExitCode.FAILED;
}
