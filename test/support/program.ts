import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";

const PROGRAM = fileURLToPath(new URL("../../cli/harborpoint.mjs", import.meta.url));

/** How a run of the program ended. */
export interface ProgramRun {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs `harborpoint <args>` to its end. */
export function runProgram(
  args: readonly string[],
  environment: Record<string, string> = {},
): Promise<ProgramRun> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [PROGRAM, ...args], { env: { ...process.env, ...environment } });
    const output = { stdout: "", stderr: "" };
    for (const name of ["stdout", "stderr"] as const) {
      child[name].on("data", (bytes: Buffer) => {
        output[name] += bytes.toString();
      });
    }
    child.on("close", (code) => resolve({ code, ...output }));
  });
}
