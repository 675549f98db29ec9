import type { Log, LogFields } from "../../common/log/log.ts";

/** One line that was logged. */
export interface LoggedLine {
  readonly level: "debug" | "info" | "warn" | "error" | "fatal";
  readonly event: string;
  readonly fields: LogFields;
}

/** A log that keeps its lines for the test to look at; children write into the same list. */
export class RecordingLog implements Log {
  readonly lines: LoggedLine[];
  readonly #fields: LogFields;

  constructor(lines: LoggedLine[] = [], fields: LogFields = {}) {
    this.lines = lines;
    this.#fields = fields;
  }

  /** Names of the events so far, in order. */
  get events(): string[] {
    return this.lines.map((line) => line.event);
  }

  debug(event: string, fields?: LogFields): void {
    this.#add("debug", event, fields);
  }

  info(event: string, fields?: LogFields): void {
    this.#add("info", event, fields);
  }

  warn(event: string, fields?: LogFields): void {
    this.#add("warn", event, fields);
  }

  error(event: string, fields?: LogFields): void {
    this.#add("error", event, fields);
  }

  fatal(event: string, fields?: LogFields): void {
    this.#add("fatal", event, fields);
  }

  child(fields: LogFields): Log {
    return new RecordingLog(this.lines, { ...this.#fields, ...fields });
  }

  #add(level: LoggedLine["level"], event: string, fields: LogFields = {}): void {
    this.lines.push({ level, event, fields: { ...this.#fields, ...fields } });
  }
}
