// Who may import whom. The picture:
//
//   proto/gen ← common ← client ← { node | router | metadata | search | workload } ← cli ← { bench | test }
//   node/: shard ← { wal, storage } ← { replication, cdc, failover, reads } ← runtime ← rpc ← composition root
//
// Type-only imports count like any other. test/tooling/imports.test.ts plants a violation of every rule.

/** What a pure file may use of common/. */
const PURE_COMMON = "common/(?:assert|units|batch)";
/** Folders or files that touch nothing: no clock, no I/O, no package. */
const PURE = `^(node/shard|router/placement|metadata/model|${PURE_COMMON})(/|\\.ts$)`;
const ROLES = "node|router|metadata|search";
const FOLDERS = `proto/gen|common|client|${ROLES}|workload|cli|console|tools`;
const SHIPPED = `^(common|client|${ROLES}|workload|cli)/`;

const rule = (name, comment, from, to) => ({ name, comment, severity: "error", from, to });

/** The package as resolved, as types, or by its bare name when it is not installed. */
const packagePath = (name) => `(^|node_modules/)(@types/)?${name}(/|$)`;

/** A package has one door, so that it can be replaced and faked there. Tests and benches may go around it. */
const door = (name, packageName, comment, folders) =>
  rule(
    `door-${name}`,
    comment,
    { path: SHIPPED, pathNot: `^(${folders})(/|\\.ts$)` },
    { path: packagePath(packageName) },
  );

/** A folder of node/ that may import, of node/, only itself and the folders named. */
const nodeFolder = (name, folders) =>
  rule(
    `node-${name}`,
    `node/${name} imports of node/ only ${folders.join(", ") || "itself"}`,
    { path: `^node/${name}/` },
    { path: "^node/", pathNot: `^node/(${[name, ...folders].join("|")})/` },
  );

const STATE = ["shard", "wal", "storage"];
const MECHANISMS = ["replication", "cdc", "failover", "reads"];

module.exports = {
  forbidden: [
    rule("no-cycles", "modules that import each other are one module", {}, { circular: true }),
    rule("resolvable", "an import must lead somewhere", {}, { couldNotResolve: true }),
    rule(
      "declared-packages",
      "a package we import stands in our package.json",
      {},
      { dependencyTypes: ["npm-no-pkg", "npm-unknown"] },
    ),
    rule(
      "no-development-packages",
      "what ships must run after npm ci --omit=dev",
      { path: SHIPPED },
      { dependencyTypes: ["npm-dev"], dependencyTypesNot: ["type-only"], pathNot: "node_modules/@types/" },
    ),

    // Layers.
    rule(
      "generated-is-the-ground",
      "proto/gen imports only itself",
      { path: "^proto/gen/" },
      {
        path: "^(?!proto/gen/|node_modules/)",
      },
    ),
    rule(
      "common-is-the-floor",
      "common/ imports nothing of ours but proto/gen",
      { path: "^common/" },
      { path: `^(client|${ROLES}|workload|cli|console|tools)/` },
    ),
    rule(
      "client-knows-no-role",
      "client/ imports common/ and proto/gen",
      { path: "^client/" },
      { path: `^(${ROLES}|workload|cli|console|tools)/` },
    ),
    rule(
      "roles-meet-on-the-wire",
      "a role never imports another one, nor the load, nor what starts it",
      { path: `^(${ROLES})/` },
      { path: `^(${ROLES}|workload|cli|console|tools)/`, pathNot: "^$1/" },
    ),
    rule(
      "workload-is-a-client",
      "workload/ imports client/ and common/",
      { path: "^workload/" },
      { path: `^(${ROLES}|cli|console|tools)/` },
    ),
    rule("cli-is-the-top", "cli/ starts roles, not tools", { path: "^cli/" }, { path: "^(console|tools)/" }),
    rule(
      "tests-are-leaves",
      "nobody imports test/ or bench/",
      { pathNot: "^(test|bench)/" },
      { path: "^(test|bench)/" },
    ),
    rule(
      "console-stands-alone",
      "browser code, speaks HTTP only",
      { path: "^console/" },
      {
        path: "^(?!console/)",
      },
    ),
    rule(
      "no-barrels",
      "client/index.ts is the only one",
      { path: "(^|/)index\\.ts$", pathNot: "^(client/index\\.ts$|proto/gen/|console/)" },
      {},
    ),

    // Purity.
    rule(
      "pure-no-packages",
      "pure files use no node: module and no package",
      { path: PURE },
      {
        dependencyTypes: [
          "core",
          "npm",
          "npm-dev",
          "npm-optional",
          "npm-peer",
          "npm-bundled",
          "npm-no-pkg",
          "npm-unknown",
        ],
      },
    ),
    rule(
      "pure-imports-pure",
      "pure files import only their own folder and the pure files of common/",
      { path: PURE },
      { path: `^(${FOLDERS})/`, pathNot: `^($1|${PURE_COMMON})(/|\\.ts$)` },
    ),

    // Inside node/.
    nodeFolder("shard", []),
    nodeFolder("wal", ["shard"]),
    nodeFolder("storage", ["shard"]),
    ...MECHANISMS.map((name) => nodeFolder(name, STATE)),
    nodeFolder("runtime", [...STATE, ...MECHANISMS]),
    nodeFolder("rpc", [...STATE, ...MECHANISMS, "runtime"]),
    rule(
      "node-folders-are-known",
      "a new folder of node/ needs its place in the layers above",
      { path: `^node/(?!(${[...STATE, ...MECHANISMS].join("|")}|runtime|rpc)/)[^/]+/` },
      {},
    ),

    // Doors.
    door(
      "better-sqlite3",
      "better-sqlite3",
      "SQLite is reached through the stores",
      "node/storage|metadata/stores?|search/stores?",
    ),
    door("piscina", "piscina", "worker lanes belong to the runtime", "node/runtime"),
    door("grpc-js", "@grpc/grpc-js", "gRPC is reached through common/rpc and client/", "common/rpc|client"),
    door("prom-client", "prom-client", "metrics are made in one place", "common/metrics"),
    door("pino", "pino", "logs are written in one place", "common/log"),
  ],
  options: {
    // TypeScript 7 has no API for other programs; swc reads the imports.
    parser: "swc",
    tsPreCompilationDeps: true,
    doNotFollow: { path: "(^|/)node_modules/" },
    exclude: { path: "^(\\.tap|test/tooling/fixtures)/" },
    enhancedResolveOptions: {
      exportsFields: ["exports"],
      conditionNames: ["import", "node", "default", "types"],
      mainFields: ["module", "main", "types"],
      extensions: [".ts", ".mjs", ".cjs", ".js", ".json", ".d.ts"],
    },
  },
};
