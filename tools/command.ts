// Runs the programs that tooling is made of.
import { type ChildProcess, spawn } from "node:child_process";
import { constants } from "node:os";
import { delimiter, join } from "node:path";

export const ROOT = join(import.meta.dirname, "..");
/** Puts the project's programs, its Node among them, before those of the system. */
const PATH = [join(ROOT, "node_modules", ".bin"), process.env["PATH"]].join(delimiter);

export interface CommandResult {
  ok: boolean;
  /** How it ended, when it did not end well. */
  ending: string;
  /** Standard output and error, as they came. */
  output: string;
}

export interface CommandOptions {
  timeoutMs: number;
  /** Receives standard output instead of `CommandResult.output`. */
  onOutput?: (chunk: Buffer) => void;
}

const KILL_AFTER_MS = 5000; // what a program has to end its own children when told to stop

/** Programs under way, to be stopped when we are. */
const running = new Set<ChildProcess>();
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
  process.on(signal, () => {
    for (const child of running) child.kill(signal);
    process.exit(128 + constants.signals[signal]);
  });
}

/** Runs a program at the root of the checkout, without input. Never throws: what goes wrong is in the result. */
export function runCommand(command: string[], options: CommandOptions): Promise<CommandResult> {
  const [program = "", ...args] = command;
  const { promise, resolve } = Promise.withResolvers<CommandResult>();
  const chunks: Buffer[] = [];
  const child = spawn(program, args, {
    cwd: ROOT,
    env: { ...process.env, PATH },
    stdio: ["ignore", "pipe", "pipe"],
  });
  running.add(child);
  const collect = (chunk: Buffer): unknown => chunks.push(chunk);
  child.stdout.on("data", options.onOutput ?? collect);
  child.stderr.on("data", collect);
  let timedOut = false;
  const timer = setTimeout(() => {
    timedOut = true;
    child.kill("SIGTERM");
    setTimeout(() => child.kill("SIGKILL"), KILL_AFTER_MS).unref();
  }, options.timeoutMs);
  const end = (ok: boolean, ending: string): void => {
    clearTimeout(timer);
    running.delete(child);
    resolve({ ok, ending, output: Buffer.concat(chunks).toString() });
  };
  child.on("error", (error) => end(false, error.message));
  child.on("close", (code, signal) => {
    const ending = timedOut ? `stopped after ${options.timeoutMs / 1000} s` : (signal ?? `exit ${code}`);
    end(code === 0, ending);
  });
  return promise;
}
