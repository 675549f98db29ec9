import { writeFileSync } from "node:fs";
import { join } from "node:path";
import t from "tap";
import { runProgram } from "../support/program.ts";
import { temporaryDirectory } from "../support/temporary-directory.ts";

const NODE_FLAGS = ["--node-id", "n1", "--region", "madrid", "--zone", "a", "--metadata", "127.0.0.1:1"];

t.test("help is data, everything wrong with the arguments is usage", async (t) => {
  const help = await runProgram(["--help"]);
  t.equal(help.code, 0);
  t.match(help.stdout, /Exit codes: 0 ok/);
  t.notMatch(help.stdout, /\bwan\b/, "what is not for people is not listed");
  for (const args of [
    ["dance"],
    ["reserve"],
    ["reserve", "A", "12x"],
    ["status", "-o", "xml"],
    ["demo", "--seconds", "0"],
  ]) {
    const { code, stdout, stderr } = await runProgram(args);
    t.match({ code, stdout }, { code: 2, stdout: "" }, args.join(" "));
    t.match(stderr, /error:/);
  }
});

t.test("a cluster out of reach has a code of its own", async (t) => {
  const { code, stderr } = await runProgram([
    "shard",
    "list",
    "--endpoint",
    "127.0.0.1:1",
    "--timeout",
    "0.5",
  ]);
  t.equal(code, 6);
  t.match(stderr, /LEADER_UNREACHABLE/);
});

t.test("config print says where every setting comes from", async (t) => {
  const file = join(temporaryDirectory(t), "node.yaml");
  writeFileSync(file, "dataDir: /somewhere\nlanes: 2\n");
  const args = ["config", "print", "node", ...NODE_FLAGS, "--config", file, "--show-origin", "-o", "json"];
  const { code, stdout } = await runProgram(args, { HARBORPOINT_LANES: "3" });
  t.equal(code, 0);
  const settings: { name: string; value: unknown; origin: string }[] = JSON.parse(stdout);
  const find = (name: string) => settings.find((setting) => setting.name === name);
  t.same(find("nodeId"), { name: "nodeId", value: "n1", origin: "flag --node-id" });
  t.same(find("lanes"), { name: "lanes", value: 3, origin: "environment HARBORPOINT_LANES" });
  t.same(find("dataDir"), { name: "dataDir", value: "/somewhere", origin: `file ${file}` });
  t.match(find("logLevel"), { origin: "default" });
});

t.test("a role with a wrong configuration names everything that is wrong and does not start", async (t) => {
  const { code, stderr } = await runProgram(["node", "--lanes", "many"], { HARBORPOINT_COLOUR: "red" });
  t.equal(code, 2);
  for (const problem of [/lanes/, /dataDir/, /HARBORPOINT_COLOUR/]) t.match(stderr, problem);
});

t.test("a journal that is none is usage, before anything is started", async (t) => {
  const path = join(temporaryDirectory(t), "journal.csv");
  writeFileSync(path, "seq,who\n1,me\n");
  const { code, stderr } = await runProgram(["replay", path]);
  t.equal(code, 2);
  t.match(stderr, /the header lacks ts_ms/);
  t.equal((await runProgram(["replay", path, "--endpoint", "madrid"])).code, 2);
});

t.test("completion knows commands and options of every depth", async (t) => {
  for (const shell of ["bash", "zsh"]) {
    const { code, stdout } = await runProgram(["completion", shell]);
    t.equal(code, 0);
    t.match(stdout, /"issuer"\) \w+="list locate register set-limit/);
    t.match(stdout, /"shard describe"\) \w+="[^"]*--state-hash/);
  }
});
