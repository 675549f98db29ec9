import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import t from "tap";
import { SimDisk } from "../support/sim-disk.ts";
import { temporaryDirectory } from "../support/temporary-directory.ts";
import { shortLife } from "./short-life.ts";

const TRACED = "openat,pwrite64,pwritev,pwritev2,fdatasync,fsync,rename,renameat,renameat2,unlink,unlinkat";
const PROGRAM = new URL("./short-life.ts", import.meta.url).pathname;
const canTrace = spawnSync("strace", ["-o", "/dev/null", "true"]).status === 0;

/** What the simulated disk was told to do, as changes of the directory. */
function simulatedCalls(): string[] {
  const disk = new SimDisk();
  const calls: string[] = [];
  disk.beforeCall = (call) => {
    if (/^(create|write|sync|sync-directory|rename|remove) /.test(call)) calls.push(call);
  };
  shortLife(disk, "/data/shard");
  return withoutVainRemovals(calls).map((call) => call.replaceAll("/data/", ""));
}

/** Node asks whether a file is there before it removes one: no system call for one that is not. */
function withoutVainRemovals(calls: readonly string[]): string[] {
  const present = new Set<string>();
  return calls.filter((call) => {
    const [operation, path, renamed] = call.split(" ");
    if (operation === "create") present.add(path);
    if (operation === "rename") present.add(renamed);
    return (operation !== "remove" && operation !== "rename") || present.delete(path);
  });
}

/** What the operating system was told to do by the same program. */
function systemCalls(directory: string): string[] {
  const trace = `${directory}/trace`;
  const program = [process.execPath, PROGRAM, `${directory}/data/shard`];
  const { status, stderr } = spawnSync("strace", [
    "-y",
    "-s",
    "0",
    "-e",
    `trace=${TRACED}`,
    "-o",
    trace,
    ...program,
  ]);
  if (status !== 0) throw new Error(stderr.toString());
  const lines = readFileSync(trace, "utf8").replaceAll(`${directory}/data`, "\0").split("\n");
  const calls = lines.map(simulatedName).filter((call) => call !== undefined);
  return calls.map((call) => call.replaceAll("\0/", "").replaceAll("\0", "/data"));
}

/** The simulated disk's name for a line of the trace; undefined for one that changes nothing of the log. */
function simulatedName(line: string): string | undefined {
  const [, call, args, result] = /^(\w+)\((.*)\) += (-?\d+)/.exec(line) ?? [];
  if (call === undefined || !args.includes("\0")) return undefined;
  const paths = [...args.matchAll(/[<"](\0[^>"]*)[>"]/g)].map(([, path]) => path);
  if (call.startsWith("pwrite")) return `write ${paths[0]} ${/(\d+)$/.exec(args)?.[1]}+${result}`;
  if (call.startsWith("rename")) return `rename ${paths[0]} ${paths[1]}`;
  if (call.startsWith("unlink")) return `remove ${paths[0]}`;
  if (call === "fdatasync") return `sync ${paths[0]}`;
  if (call === "fsync") return `sync-directory ${paths[0]}`;
  return args.includes("O_CREAT") ? `create ${paths[0]}` : undefined;
}

t.test(
  "the simulated disk is told what the operating system is told",
  { skip: canTrace ? false : "strace does not run here" },
  async (t) => {
    const directory = temporaryDirectory(t);
    const simulated = simulatedCalls();
    t.ok(simulated.length > 100, `${simulated.length} calls`);
    t.strictSame(systemCalls(directory), simulated);
  },
);
