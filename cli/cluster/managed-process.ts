import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, mkdirSync, openSync } from "node:fs";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { settledWithin } from "../../common/with-timeout.ts";
import type { ProcessPlan } from "./cluster-plan.ts";
import { tailOfFile } from "./log-tail.ts";

const PROGRAM = fileURLToPath(new URL("../harborpoint.mjs", import.meta.url));

/** Booting may include replaying a log on a busy machine. */
const READY_MS_MAX = 60_000;

/** What a process is given to leave by itself after SIGTERM. */
const LEAVE_MS_MAX = 10_000;

/** Children that run now; killed with this process whatever ends it. */
const living = new Set<ChildProcess>();
process.on("exit", () => {
  for (const child of living) child.kill("SIGKILL");
});

/** How a process ended. */
export interface ProcessEnd {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/**
 * One process of a local cluster: started with its logs in a file, ready when it says so. It stands
 * in a process group of its own, so that Ctrl-C reaches only us, and ends when we do: its IPC
 * channel closes.
 */
export class ManagedProcess {
  readonly name: string;
  readonly logPath: string;
  readonly #child: ChildProcess;
  readonly #ended: Promise<ProcessEnd>;
  readonly #readyLine: Promise<void>;
  #isRunning = true;

  private constructor(name: string, logPath: string, child: ChildProcess) {
    this.name = name;
    this.logPath = logPath;
    this.#child = child;
    living.add(child);
    // The first line on standard output says that it is ready; what comes later is drained.
    this.#readyLine = new Promise((resolve) => {
      child.stdout?.on("data", (bytes: Buffer) => {
        if (bytes.includes("\n")) resolve();
      });
    });
    this.#ended = new Promise((resolve) => {
      child.once("error", () => this.#over(resolve, { code: null, signal: null }));
      child.once("exit", (code, signal) => this.#over(resolve, { code, signal }));
    });
  }

  /** Starts a process; it is not {@link ready} yet. */
  static spawn(plan: ProcessPlan, logPath: string): ManagedProcess {
    mkdirSync(dirname(logPath), { recursive: true });
    const log = openSync(logPath, "a");
    const child = spawn(process.execPath, [PROGRAM, ...plan.args], {
      stdio: ["ignore", "pipe", log, "ipc"],
      detached: true,
    });
    closeSync(log);
    return new ManagedProcess(plan.name, logPath, child);
  }

  get isRunning(): boolean {
    return this.#isRunning;
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  /** Resolves when the process is gone. */
  get ended(): Promise<ProcessEnd> {
    return this.#ended;
  }

  /** Waits until the process says that it is ready; when it does not, fails with the end of its log. */
  async ready(): Promise<void> {
    const inTime = await settledWithin(Promise.race([this.#readyLine, this.#ended]), READY_MS_MAX);
    if (inTime && this.#isRunning) return;
    const problem = inTime ? "ended before it was ready" : `was not ready after ${READY_MS_MAX / 1000} s`;
    await this.kill("SIGKILL");
    throw new Error(`${this.name} ${problem}; the end of ${this.logPath}:\n${tailOfFile(this.logPath)}`);
  }

  /** Sends a message over the IPC channel. */
  send(message: object): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#child.send(message, (error) => (error === null ? resolve() : reject(error)));
    });
  }

  /** Sends a signal, and for SIGKILL waits until the process is gone. */
  async kill(signal: NodeJS.Signals): Promise<void> {
    this.#child.kill(signal);
    if (signal === "SIGKILL") await this.#ended;
  }

  /** Asks it to leave, and makes it when it does not. */
  async stop(): Promise<void> {
    if (!this.#isRunning) return;
    this.#child.kill("SIGTERM");
    this.#child.kill("SIGCONT"); // a stopped process hears nothing else
    if (!(await settledWithin(this.#ended, LEAVE_MS_MAX))) await this.kill("SIGKILL");
  }

  #over(resolve: (end: ProcessEnd) => void, end: ProcessEnd): void {
    this.#isRunning = false;
    living.delete(this.#child);
    resolve(end);
  }
}
