/** Facts of one log line; keys carry their unit last. An Error is logged with its stack. */
export type LogFields = Readonly<Record<string, unknown>>;

/**
 * Where components report. `event` is a stable snake_case name that alerts and tests match on;
 * everything that varies goes into the fields.
 */
export interface Log {
  debug(event: string, fields?: LogFields): void;
  info(event: string, fields?: LogFields): void;
  warn(event: string, fields?: LogFields): void;
  error(event: string, fields?: LogFields): void;
  /** Reports the reason why the process is about to exit; written before the call returns. */
  fatal(event: string, fields?: LogFields): void;
  /** A log that adds the given fields to every line. */
  child(fields: LogFields): Log;
}
