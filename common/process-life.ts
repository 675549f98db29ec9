import type { Log } from "./log/log.ts";
import type { Service } from "./service.ts";

/** Exit code of a process whose invariant broke (sysexits: internal software error). */
export const EXIT_BROKEN_INVARIANT = 70;

/** The parts of `process` that a life cycle touches. */
export interface ProcessHooks {
  on(event: string, listener: (argument: unknown) => void): unknown;
  off(event: string, listener: (argument: unknown) => void): unknown;
  exit(code: number): never;
}

const LEAVE_SIGNALS = ["SIGTERM", "SIGINT"];

/**
 * Ends the process on whatever nobody handled: a broken invariant, an unexpected throw or a rejected
 * promise nobody waits for. State that may be wrong must not go on acknowledging writes.
 */
export function exitOnUnhandled(hooks: ProcessHooks, log: Log): void {
  for (const event of ["uncaughtException", "unhandledRejection"]) {
    hooks.on(event, (error) => {
      log.fatal("invariant_broken", { source: event, error });
      hooks.exit(EXIT_BROKEN_INVARIANT);
    });
  }
}

/**
 * Runs a service until SIGTERM or SIGINT, then drains and stops it. A second signal ends the process
 * at once with code 1, for people who will not wait.
 */
export async function runUntilSignal(service: Service, hooks: ProcessHooks, log: Log): Promise<void> {
  const { promise: asked, resolve } = Promise.withResolvers<void>();
  let signals = 0;
  const leave = (signal: unknown): void => {
    signals += 1;
    log.info("signal_received", { signal });
    if (signals > 1) hooks.exit(1);
    resolve();
  };
  for (const signal of LEAVE_SIGNALS) hooks.on(signal, leave);
  try {
    await service.run();
    await asked;
    await service.drain?.();
    await service.stop();
  } finally {
    for (const signal of LEAVE_SIGNALS) hooks.off(signal, leave);
  }
}
