// Plants a violation of every import rule and checks that exactly the planted ones are found: the rules
// see TypeScript, type-only and dynamic imports, and let legitimate ones pass.
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import t from "tap";

const root = resolve(import.meta.dirname, "../..");
const configFile = join(root, ".dependency-cruiser.cjs");
const cruiser = join(root, "node_modules/.bin/depcruise");
const config = createRequire(import.meta.url)(configFile) as { forbidden: { name: string }[] };

interface Violation {
  from: string;
  to: string;
  rule: { name: string };
}
interface Cruise {
  summary: { violations: Violation[] };
  modules: { source: string; dependencies: { resolved: string }[] }[];
}

function cruise(directory: string, folders: string[]): Cruise {
  const args = [cruiser, "--config", configFile, "--output-type", "json", ...folders];
  const options = { cwd: directory, encoding: "utf8", maxBuffer: 64 << 20, stdio: "pipe" } as const;
  return JSON.parse(execFileSync(process.execPath, args, options)) as Cruise;
}

const PACKAGES = ["better-sqlite3", "piscina", "@grpc/grpc-js", "prom-client", "pino", "yaml", "undeclared"];
const DEV_PACKAGES = ["fast-check"];

/** Modules that exist so that others can import them. Their own imports are all legitimate. */
const LEGITIMATE: Record<string, string[]> = {
  "bench/main.ts": ["../cli/main.ts", "../test/support/cluster.ts", "better-sqlite3"],
  "cli/main.ts": ["../node/main.ts", "../router/main.ts", "../workload/load.ts", "commander"],
  "client/index.ts": ["./client.ts"],
  "client/client.ts": ["../common/log/log.ts", "../proto/gen/a_pb.ts", "@grpc/grpc-js"],
  "common/assert.ts": [],
  "common/batch/batch.ts": ["../units.ts", "../assert.ts"],
  "common/clock.ts": ["node:timers"],
  "common/cycle-b.ts": ["./cycle-a.ts"],
  "common/log/log.ts": ["pino", "node:os"],
  "common/metrics/metrics.ts": ["prom-client"],
  "common/rpc/server.ts": ["@grpc/grpc-js", "../../proto/gen/a_pb.ts"],
  "common/units.ts": [],
  "console/app.ts": ["./view.ts"],
  "console/view.ts": [],
  "metadata/main.ts": ["./model/map.ts", "./store/sqlite.ts"],
  "metadata/model/map.ts": ["../../common/units.ts"],
  "metadata/store/sqlite.ts": ["better-sqlite3", "../model/map.ts"],
  "node/cdc/decoder.ts": ["../wal/segment.ts", "../storage/store.ts", "../shard/engine.ts"],
  "node/failover/seal.ts": ["../storage/store.ts"],
  "node/main.ts": ["./rpc/handler.ts", "./runtime/lane.ts"],
  "node/reads/gate.ts": ["../shard/engine.ts"],
  "node/replication/stream.ts": ["../wal/segment.ts"],
  "node/rpc/handler.ts": ["../runtime/lane.ts", "../../common/rpc/server.ts"],
  "node/runtime/lane.ts": ["piscina", "../cdc/decoder.ts", "../replication/stream.ts"],
  "node/shard/engine.ts": ["./ledger.ts", "../../common/batch/batch.ts", "../../common/assert.ts"],
  "node/shard/ledger.ts": [],
  "node/storage/store.ts": ["better-sqlite3", "../shard/engine.ts"],
  "node/wal/segment.ts": ["../shard/engine.ts", "node:fs"],
  "proto/gen/a_pb.ts": [],
  "router/main.ts": ["./placement/place.ts", "../client/index.ts"],
  "router/placement/place.ts": ["../../common/units.ts"],
  "search/main.ts": ["./store/index-store.ts"],
  "search/store/index-store.ts": ["better-sqlite3"],
  "test/support/cluster.ts": ["../../cli/main.ts", "piscina", "fast-check"],
  "tools/tool.ts": ["node:fs"],
  "workload/load.ts": ["../client/index.ts", "../common/clock.ts"],
};

/** [importing module, import, every rule it must break]. One import a module, so that nothing hides another. */
const VIOLATIONS: [from: string, to: string, ...rules: string[]][] = [
  ["common/cycle-a.ts", "./cycle-b.ts", "no-cycles"],
  ["common/nowhere.ts", "./missing.ts", "resolvable"],
  ["common/undeclared.ts", "undeclared", "declared-packages"],
  ["client/dev.ts", "fast-check", "no-development-packages"],
  ["proto/gen/b_pb.ts", "../../common/clock.ts", "generated-is-the-ground"],
  ["common/to-client.ts", "../client/client.ts", "common-is-the-floor"],
  ["common/to-role.ts", "../router/main.ts", "common-is-the-floor"],
  ["client/to-role.ts", "../node/main.ts", "client-knows-no-role"],
  ["client/to-workload.ts", "../workload/load.ts", "client-knows-no-role"],
  ["node/runtime/to-router.ts", "../../router/main.ts", "roles-meet-on-the-wire"],
  ["router/to-metadata.ts", "../metadata/main.ts", "roles-meet-on-the-wire"],
  ["metadata/to-search.ts", "../search/main.ts", "roles-meet-on-the-wire"],
  ["search/to-node.ts", "../node/main.ts", "roles-meet-on-the-wire"],
  ["search/to-workload.ts", "../workload/load.ts", "roles-meet-on-the-wire"],
  ["router/to-cli.ts", "../cli/main.ts", "roles-meet-on-the-wire"],
  ["workload/to-node.ts", "../node/main.ts", "workload-is-a-client"],
  ["workload/to-cli.ts", "../cli/main.ts", "workload-is-a-client"],
  ["cli/to-tools.ts", "../tools/tool.ts", "cli-is-the-top"],
  ["cli/to-test.ts", "../test/support/cluster.ts", "tests-are-leaves"],
  ["workload/to-bench.ts", "../bench/main.ts", "tests-are-leaves"],
  ["console/to-client.ts", "../client/index.ts", "console-stands-alone"],
  ["console/to-builtin.ts", "node:http", "console-stands-alone"],
  ["console/to-package.ts", "yaml", "console-stands-alone"],
  ["router/lists/index.ts", "../main.ts", "no-barrels"],
  ["node/shard/to-builtin.ts", "node:fs", "pure-no-packages"],
  ["node/shard/to-bare-builtin.ts", "crypto", "pure-no-packages"],
  ["router/placement/to-package.ts", "yaml", "pure-no-packages"],
  ["metadata/model/to-builtin.ts", "node:timers", "pure-no-packages"],
  ["common/batch/to-buffer.ts", "node:buffer", "pure-no-packages"],
  ["node/shard/to-generated.ts", "../../proto/gen/a_pb.ts", "pure-imports-pure"],
  ["node/shard/to-clock.ts", "../../common/clock.ts", "pure-imports-pure"],
  ["metadata/model/to-store.ts", "../store/sqlite.ts", "pure-imports-pure"],
  ["router/placement/to-main.ts", "../main.ts", "pure-imports-pure"],
  ["common/batch/to-clock.ts", "../clock.ts", "pure-imports-pure"],
  ["node/shard/to-wal.ts", "../wal/segment.ts", "node-shard", "pure-imports-pure"],
  ["node/wal/to-storage.ts", "../storage/store.ts", "node-wal"],
  ["node/storage/to-wal.ts", "../wal/segment.ts", "node-storage"],
  ["node/replication/to-cdc.ts", "../cdc/decoder.ts", "node-replication"],
  ["node/cdc/to-runtime.ts", "../runtime/lane.ts", "node-cdc"],
  ["node/failover/to-replication.ts", "../replication/stream.ts", "node-failover"],
  ["node/reads/to-rpc.ts", "../rpc/handler.ts", "node-reads"],
  ["node/runtime/to-rpc.ts", "../rpc/handler.ts", "node-runtime"],
  ["node/rpc/to-root.ts", "../main.ts", "node-rpc"],
  ["node/novel/to-shard.ts", "../shard/engine.ts", "node-folders-are-known"],
  ["node/wal/to-sqlite.ts", "better-sqlite3", "door-better-sqlite3"],
  ["cli/to-sqlite.ts", "better-sqlite3", "door-better-sqlite3"],
  ["router/to-piscina.ts", "piscina", "door-piscina"],
  ["node/rpc/to-grpc.ts", "@grpc/grpc-js", "door-grpc-js"],
  ["node/rpc/to-prom-client.ts", "prom-client", "door-prom-client"],
  ["cli/to-pino.ts", "pino", "door-pino"],
];

/** How an import is written; the violations take turns. */
const FORMS = [
  (to: string) => `import { value } from "${to}";\nexport const used: number = value as number;\n`,
  (to: string) => `import type { value } from "${to}";\nexport type Used = typeof value;\n`,
  (to: string) => `export const used = await import("${to}");\n`,
  (to: string) => `export { value } from "${to}";\n`,
  (to: string) => `import { type value } from "${to}";\nexport const used: typeof value = 1;\n`,
];

function plant(directory: string): void {
  const write = (path: string, text: string): void => {
    mkdirSync(dirname(join(directory, path)), { recursive: true });
    writeFileSync(join(directory, path), text);
  };
  const versions = (names: string[]): Record<string, string> =>
    Object.fromEntries(names.map((name) => [name, "1.0.0"]));
  const declared = [...PACKAGES.filter((name) => name !== "undeclared"), "commander"];
  const manifest = { dependencies: versions(declared), devDependencies: versions(DEV_PACKAGES) };
  write("package.json", JSON.stringify({ name: "planted", type: "module", ...manifest }));
  for (const name of [...PACKAGES, ...DEV_PACKAGES, "commander"]) {
    write(`node_modules/${name}/package.json`, JSON.stringify({ name, version: "1.0.0", main: "index.js" }));
    write(`node_modules/${name}/index.js`, "exports.value = 1;\n");
  }
  for (const [path, imports] of Object.entries(LEGITIMATE)) {
    const text = imports.map((to, i) => `import { value as value${i} } from "${to}";\nvoid value${i};\n`);
    write(path, `${text.join("")}export const value: number = 1;\n`);
  }
  for (const [i, [from, to]] of VIOLATIONS.entries()) write(from, FORMS[i % FORMS.length](to));
}

t.test("every import rule fires on a planted violation, and only there", async (t) => {
  const directory = mkdtempSync(join(tmpdir(), "harborpoint-imports-"));
  t.teardown(() => rmSync(directory, { recursive: true }));
  plant(directory);
  const folders = [...new Set([...Object.keys(LEGITIMATE), ...VIOLATIONS.map(([from]) => from)])].map(
    (path) => path.split("/")[0],
  );
  const { violations } = cruise(directory, [...new Set(folders)]).summary;
  const found = violations.map(({ rule, from }) => `${from}: ${rule.name}`);
  const planted = VIOLATIONS.flatMap(([from, , ...rules]) => rules.map((rule) => `${from}: ${rule}`));
  t.strictSame([...new Set(found)].toSorted(), planted.toSorted());
});

t.test("every rule has a planted violation", async (t) => {
  const planted = new Set(VIOLATIONS.flatMap(([, , ...rules]) => rules));
  const rules = config.forbidden.map(({ name }) => name);
  t.strictSame(
    rules.filter((name) => !planted.has(name)),
    [],
  );
});

t.test("the tool sees the imports of this tree's TypeScript", async (t) => {
  const { modules } = cruise(root, ["proto/gen/harborpoint", "test/tooling"]);
  const imports = modules.find(({ source }) => source === "test/tooling/imports.test.ts")?.dependencies ?? [];
  t.ok(imports.some(({ resolved }) => resolved === "fs" || resolved === "node:fs"));
  t.ok(imports.some(({ resolved }) => resolved.startsWith("node_modules/tap/")));
  t.ok(
    modules.some(({ source, dependencies }) => source.startsWith("proto/gen/") && dependencies.length > 0),
  );
});
