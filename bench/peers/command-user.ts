import { execFile } from "node:child_process";
import { chownSync } from "node:fs";
import { promisify } from "node:util";

const run = promisify(execFile);
const OUTPUT_BYTES_MAX = 64 << 20;

/** Whoever runs a peer's commands: some servers refuse to run as root. */
export class CommandUser {
  readonly #ids: { readonly uid: number; readonly gid: number } | undefined;

  private constructor(ids: { readonly uid: number; readonly gid: number } | undefined) {
    this.#ids = ids;
  }

  /** The named user of the system when this process is root, else its own. */
  static async other(name: string): Promise<CommandUser> {
    if (process.getuid?.() !== 0) return new CommandUser(undefined);
    const [uid, gid] = await Promise.all(
      ["-u", "-g"].map(async (flag) => Number((await run("id", [flag, name])).stdout)),
    );
    return new CommandUser({ uid, gid });
  }

  /** Makes a file or directory belong to it. */
  own(path: string): void {
    if (this.#ids !== undefined) chownSync(path, this.#ids.uid, this.#ids.gid);
  }

  /**
   * Runs a command to its end. @returns its output
   * @throws Error with what it wrote to standard error
   */
  async run(command: string, args: readonly string[], directory: string): Promise<string> {
    const options = { cwd: directory, maxBuffer: OUTPUT_BYTES_MAX, ...this.#ids };
    const { stdout } = await run(command, [...args], { ...options, encoding: "utf8" });
    return stdout;
  }
}
