import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";

/** File in which a run writes down which process is which: the profiles' names only have their ids. */
export const PROCESSES_FILE = "processes.jsonl";

const profiledProcess = z.object({ pid: z.number(), name: z.string() });
export type ProfiledProcess = z.infer<typeof profiledProcess>;

/** One thread's profile. */
export interface ProfileFile {
  readonly path: string;
  /** Process, and for worker threads the number of the thread, such as "madrid-1 thread 1". */
  readonly thread: string;
}

/** CPU.<date>.<time>.<pid>.<thread>.<number>.cpuprofile, as Node names them. */
const FILE = /^CPU\.\d+\.\d+\.(\d+)\.(\d+)\.\d+\.cpuprofile$/;

/** The profiles in a directory. */
export function profileFiles(directory: string): ProfileFile[] {
  const names = readNames(join(directory, PROCESSES_FILE));
  return readdirSync(directory).flatMap((file): ProfileFile[] => {
    const [, pid, thread] = FILE.exec(file) ?? [];
    if (pid === undefined) return [];
    const process = names.get(Number(pid)) ?? `process ${pid}`;
    return [
      { path: join(directory, file), thread: thread === "0" ? process : `${process} thread ${thread}` },
    ];
  });
}

function readNames(path: string): ReadonlyMap<number, string> {
  if (!existsSync(path)) return new Map();
  const lines = readFileSync(path, "utf8").trim().split("\n");
  const processes = lines.map((line) => profiledProcess.parse(JSON.parse(line)));
  return new Map(processes.map(({ pid, name }) => [pid, name]));
}
