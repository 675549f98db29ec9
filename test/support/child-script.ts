import { spawn } from "node:child_process";

/** How a script in a process of its own ended. */
export type ScriptEnd = {
  readonly code: number | null;
  readonly signal: string | null;
  readonly output: string;
};

/** A script that runs in a process of its own. */
export type ChildScript = {
  /** Resolves with the first line the script prints; rejects when it ends without one. */
  readonly firstLine: Promise<string>;
  readonly end: Promise<ScriptEnd>;
  kill(signal: NodeJS.Signals): void;
};

/** Runs the text of an ECMAScript module in a new process; it may import this project's files by URL. */
export function childScript(text: string): ChildScript {
  const child = spawn(process.execPath, ["--input-type=module", "--eval", text], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  const line = Promise.withResolvers<string>();
  const end = Promise.withResolvers<ScriptEnd>();
  let output = "";
  const collect = (chunk: Buffer): void => {
    output += chunk.toString();
    if (output.includes("\n")) line.resolve(output.slice(0, output.indexOf("\n")));
  };
  child.stdout.on("data", collect);
  child.stderr.on("data", collect);
  child.on("close", (code, signal) => {
    line.reject(new Error(`the script ended without a line: ${output}`));
    end.resolve({ code, signal, output });
  });
  line.promise.catch(() => undefined); // who waits only for the end need not hear of the line
  return { firstLine: line.promise, end: end.promise, kill: (signal) => void child.kill(signal) };
}
