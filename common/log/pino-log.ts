import { type Logger, pino } from "pino";
import type { Log, LogFields } from "./log.ts";

/** Levels a log can be set to, most talkative first. */
export const LOG_LEVELS = ["debug", "info", "warn", "error", "fatal", "silent"] as const;

/** How much a log says. */
export type LogLevel = (typeof LOG_LEVELS)[number];

/** Where lines go; the process's standard error by default. */
export interface LogDestination {
  write(line: string): void;
}

/** What a process says about itself on every line. */
export interface LogOptions {
  readonly level: LogLevel;
  /** Fields of every line, such as role and node id. */
  readonly fields?: LogFields;
  readonly destination?: LogDestination;
}

/**
 * Writes one JSON object a line: time (RFC 3339), level by name, the stable `event`, then the fields.
 * Lines are written synchronously, so that the reason of an exit is never lost.
 */
export function createLog(options: LogOptions): Log {
  const destination = options.destination ?? pino.destination({ fd: 2, sync: true });
  const logger = pino(
    {
      level: options.level,
      base: options.fields ?? {},
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      serializers: { error: pino.stdSerializers.errWithCause },
    },
    destination,
  );
  return new PinoLog(logger);
}

class PinoLog implements Log {
  readonly #logger: Logger;

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  debug(event: string, fields?: LogFields): void {
    this.#logger.debug({ event, ...fields });
  }

  info(event: string, fields?: LogFields): void {
    this.#logger.info({ event, ...fields });
  }

  warn(event: string, fields?: LogFields): void {
    this.#logger.warn({ event, ...fields });
  }

  error(event: string, fields?: LogFields): void {
    this.#logger.error({ event, ...fields });
  }

  fatal(event: string, fields?: LogFields): void {
    this.#logger.fatal({ event, ...fields });
  }

  child(fields: LogFields): Log {
    return new PinoLog(this.#logger.child(fields));
  }
}
