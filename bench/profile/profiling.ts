import { appendFileSync, mkdirSync, writeFileSync } from "node:fs";
import { Session } from "node:inspector/promises";
import { join, resolve } from "node:path";
import { PROCESSES_FILE, type ProfiledProcess } from "./profile-directory.ts";

/** CPU profiles of this process's main thread and of all threads of the processes it starts. */
export class Profiling {
  readonly #directory: string;
  readonly #session: Session;

  private constructor(directory: string, session: Session) {
    this.#directory = directory;
    this.#session = session;
  }

  /** Begins; processes started from now on write their profiles when they end. */
  static async start(path: string): Promise<Profiling> {
    const directory = resolve(path);
    mkdirSync(directory, { recursive: true });
    const options = `--cpu-prof --cpu-prof-dir=${directory}`;
    process.env.NODE_OPTIONS = [process.env.NODE_OPTIONS, options].filter(Boolean).join(" ");
    const session = new Session();
    session.connect();
    await session.post("Profiler.enable");
    await session.post("Profiler.start");
    return new Profiling(directory, session);
  }

  /** Writes down which process is which. */
  note(pids: ReadonlyMap<string, number>): void {
    for (const [name, pid] of pids) {
      const profiled: ProfiledProcess = { pid, name };
      appendFileSync(join(this.#directory, PROCESSES_FILE), `${JSON.stringify(profiled)}\n`);
    }
  }

  /** Ends the profile of this process and writes it, named as Node names the others. */
  async end(): Promise<void> {
    const { profile } = await this.#session.post("Profiler.stop");
    this.#session.disconnect();
    writeFileSync(join(this.#directory, `CPU.0.0.${process.pid}.0.1.cpuprofile`), JSON.stringify(profile));
  }
}
