// Makes the checkout runnable, then runs a command in it on the project's own Node:
//
//   node tools/bootstrap.mjs [--tests] [command [argument …]]
//
// Installs the dependencies when they are missing or not those of package-lock.json; with --tests also
// builds tap for our plugin list. Plain JavaScript without dependencies: it starts on the system's Node.
//
// The command runs from here, not after `&&` in the npm script, because a shell remembers where it found
// `node` and would go on with the system's one on the very run that installed ours.
import { spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { constants } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const modules = join(root, "node_modules");
const bin = join(modules, ".bin");
const lockFile = join(root, ".bootstrap.lock");
const tapStamp = join(modules, ".harborpoint-tap");

const INSTALL_ATTEMPTS_MAX = 2; // a registry hiccup must not fail a run of the tests
const OUTPUT_LINES_MAX = 40; // npm ends an error with a page about its options
const LOCK_WAIT_MS_MAX = 10 * 60_000; // an install takes half a minute, on a slow line a few
const NODE_VERSION_MIN = [22, 18]; // runs .ts files without a flag

const say = (text) => process.stderr.write(`harborpoint: ${text}\n`);

const read = (file) => {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return "";
  }
};

/** Why node_modules has to be installed anew, or undefined when it holds what package-lock.json says. */
function staleness() {
  // npm writes this file when an installation is complete: what lies in node_modules, in the lock's own form.
  const installedText = read(join(modules, ".package-lock.json"));
  if (installedText === "") return "dependencies are not installed";
  const installed = JSON.parse(installedText).packages;
  const wanted = JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8")).packages;
  for (const [path, { version, integrity, optional }] of Object.entries(wanted)) {
    if (path === "") continue;
    const found = installed[path];
    if (found === undefined && optional) continue; // made for another platform
    if (found?.version !== version || found?.integrity !== integrity) {
      return `${path} is not the one in package-lock.json`;
    }
  }
  return undefined;
}

/** Runs npm quietly; its output appears only when it fails. */
function npm(args) {
  const self = process.env.npm_execpath; // set when npm itself started us
  const [command, prefix] =
    self && /\.c?js$/.test(self)
      ? [process.execPath, [self]]
      : [process.platform === "win32" ? "npm.cmd" : "npm", []];
  return spawnSync(command, [...prefix, ...args], {
    cwd: root,
    encoding: "utf8",
    maxBuffer: 64 << 20,
    stdio: ["ignore", "pipe", "pipe"],
  });
}

function install(reason) {
  say(`${reason}; installing them (npm ci, about half a minute) …`);
  const startMs = Date.now();
  for (let attempt = 1; ; attempt++) {
    const result = npm([
      "ci",
      "--no-audit",
      "--no-fund",
      "--loglevel=error",
      "--include=dev",
      "--include=optional",
    ]);
    if (result.status === 0) break;
    const output = `${result.stdout ?? ""}${result.stderr ?? ""}${result.error?.message ?? ""}`.trim();
    const lines = output.split("\n");
    const shown = lines.slice(0, OUTPUT_LINES_MAX).join("\n");
    say(`npm ci failed (${result.signal ?? `exit ${result.status}`}):\n${shown}`);
    if (lines.length > OUTPUT_LINES_MAX) say(`(${lines.length - OUTPUT_LINES_MAX} more lines)`);
    if (output.includes("EUSAGE")) {
      throw new Error("package-lock.json does not fit package.json: npm install, then npm run fix");
    }
    if (attempt === INSTALL_ATTEMPTS_MAX) {
      throw new Error("cannot install the dependencies. Is the npm registry reachable, the disk full?");
    }
    say("trying once more …");
  }
  say(`installed in ${Math.round((Date.now() - startMs) / 1000)} s`);
}

const wantedTapStamp = () =>
  createHash("sha256")
    .update(read(join(root, ".taprc")))
    .update(read(join(modules, "tap", "package.json")))
    .digest("hex");

/** tap compiles its test class for the plugins in .taprc; without this it refuses to run. */
function buildTap(env) {
  const stamp = wantedTapStamp();
  const result = spawnSync(nodePath(), [join(modules, "tap", "dist", "esm", "run.mjs"), "build"], {
    cwd: root,
    env,
    encoding: "utf8",
    stdio: ["ignore", "pipe", "pipe"],
  });
  if (result.status !== 0) throw new Error(`tap build failed:\n${result.stdout}${result.stderr}`);
  writeFileSync(tapStamp, stamp);
}

/** The Node of our dependencies, else this one if it will do. */
function nodePath() {
  const own = join(bin, process.platform === "win32" ? "node.exe" : "node");
  if (existsSync(own)) return own;
  const [major, minor] = process.versions.node.split(".").map(Number);
  if (major > NODE_VERSION_MIN[0] || (major === NODE_VERSION_MIN[0] && minor >= NODE_VERSION_MIN[1])) {
    return process.execPath;
  }
  throw new Error(
    `no Node for ${process.platform}-${process.arch} among the dependencies, and this is ${process.version}: ` +
      `install Node ${NODE_VERSION_MIN.join(".")} or newer`,
  );
}

const isAlive = (pid) => {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === "EPERM";
  }
};

/** One bootstrap at a time: `npm ci` begins by deleting what another one may be running on. */
async function withLock(work) {
  const untilMs = Date.now() + LOCK_WAIT_MS_MAX;
  for (let said = false; ; ) {
    try {
      writeFileSync(lockFile, String(process.pid), { flag: "wx" });
      break;
    } catch (error) {
      if (error.code !== "EEXIST") throw error;
    }
    const holder = Number(read(lockFile));
    if (holder > 0 && !isAlive(holder)) {
      rmSync(lockFile, { force: true });
      continue;
    }
    if (Date.now() > untilMs) throw new Error(`another bootstrap seems stuck: remove ${lockFile}`);
    if (!said) say(`waiting for another bootstrap (process ${holder}) …`);
    said = true;
    await sleep(200);
  }
  const release = () => rmSync(lockFile, { force: true });
  process.once("exit", release);
  try {
    await work();
  } finally {
    release();
    process.off("exit", release);
  }
}

function environment() {
  // npm passes its own settings down; a quiet `npm test` must not silence what runs inside it.
  return { ...process.env, PATH: [bin, process.env.PATH].join(delimiter) };
}

/** Runs the command in our place: same input and output, signals passed on, its exit status ours. */
function run([command, ...args], env) {
  const child = spawn(command === "node" ? nodePath() : command, args, { cwd: root, env, stdio: "inherit" });
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) {
    process.on(signal, () => {
      // A terminal sends ^C to the child as well; a second one would mean "now" to it.
      if (signal !== "SIGINT" || !process.stdin.isTTY) child.kill(signal);
    });
  }
  child.on("error", (error) => {
    say(`cannot run ${command}: ${error.message}`);
    process.exit(1);
  });
  child.on("exit", (code, signal) => process.exit(code ?? 128 + constants.signals[signal]));
}

const args = process.argv.slice(2);
const forTests = args[0] === "--tests";
if (forTests) args.shift();

try {
  const tapIsStale = () => forTests && read(tapStamp) !== wantedTapStamp();
  if (staleness() !== undefined || tapIsStale()) {
    await withLock(() => {
      const reason = staleness(); // again: another bootstrap may have been at work while we waited
      if (reason !== undefined) install(reason);
      if (tapIsStale()) buildTap(environment());
    });
  }
  if (args.length > 0) run(args, environment());
} catch (error) {
  say(error.message);
  process.exitCode = 1;
}
