import t from "tap";
import { z } from "zod";
import { ConfigError } from "../../../common/config/config-error.ts";
import { readConfigFile } from "../../../common/config/config-file.ts";
import { configKeys } from "../../../common/config/config-keys.ts";
import type { ConfigSources } from "../../../common/config/config-sources.ts";
import { loadConfig } from "../../../common/config/load-config.ts";

const schema = z.strictObject({
  nodeId: z.string(),
  level: z.enum(["info", "debug"]).default("info"),
  wal: z.strictObject({
    segmentBytesMax: z.number().int().positive().default(1024).describe("Largest segment file."),
    sync: z.boolean().default(true),
  }),
  seeds: z.array(z.string()).default([]),
  archivePath: z.string().optional(),
});

function problemsOf(sources: ConfigSources): readonly string[] {
  try {
    loadConfig(schema, sources);
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
}

const file = (text: string) => ({ path: "node.yaml", text });

t.test("flags win over the environment, that over the file, that over defaults", async (t) => {
  const { value, settings } = loadConfig(schema, {
    flags: { "--node-id": "from-flag" },
    environment: {
      HARBORPOINT_NODE_ID: "from-environment",
      HARBORPOINT_WAL_SEGMENT_BYTES_MAX: "2048",
      PATH: "/bin",
    },
    file: file("nodeId: from-file\nlevel: debug\nwal: { segmentBytesMax: 4096, sync: false }\n"),
  });
  t.same(value, {
    nodeId: "from-flag",
    level: "debug",
    wal: { segmentBytesMax: 2048, sync: false },
    seeds: [],
  });
  t.same(settings, [
    { name: "nodeId", value: "from-flag", origin: "flag --node-id" },
    { name: "level", value: "debug", origin: "file node.yaml" },
    { name: "wal.segmentBytesMax", value: 2048, origin: "environment HARBORPOINT_WAL_SEGMENT_BYTES_MAX" },
    { name: "wal.sync", value: false, origin: "file node.yaml" },
    { name: "seeds", value: [], origin: "default" },
    { name: "archivePath", value: undefined, origin: "default" },
  ]);
});

t.test("texts become what the setting expects", async (t) => {
  const { value } = loadConfig(schema, {
    flags: {
      "--node-id": "007",
      "--wal-sync": "false",
      "--wal-segment-bytes-max": "1e3",
      "--seeds": "[a, b]",
    },
  });
  t.same(value, {
    nodeId: "007",
    level: "info",
    wal: { segmentBytesMax: 1000, sync: false },
    seeds: ["a", "b"],
  });
});

t.test("unknown names are errors in every source", async (t) => {
  t.same(
    problemsOf({
      flags: { "--node-id": "n", "--wal-fast": "1" },
      environment: { HARBORPOINT_WALL_SYNC: "true", HARBORPOINT_CONFIG: "node.yaml" },
      file: file("wal: { fast: true, deep: { er: 1 } }\nregion: madrid\n"),
      otherVariables: ["HARBORPOINT_CONFIG"],
    }),
    [
      "node.yaml: unknown key wal.fast",
      "node.yaml: unknown key wal.deep",
      "node.yaml: unknown key region",
      "unknown environment variable HARBORPOINT_WALL_SYNC",
      "unknown flag --wal-fast",
    ],
  );
});

t.test("all wrong values are reported at once, with where they came from", async (t) => {
  const problems = problemsOf({
    flags: { "--wal-segment-bytes-max": "many", "--wal-sync": "yes", "--seeds": "{" },
    file: file("level: loud\n"),
  });
  t.equal(problems.length, 5);
  t.match(problems, [
    /^nodeId: /,
    /^level \(file node.yaml\): /,
    /^wal.segmentBytesMax \(flag --wal-segment-bytes-max\): /,
    /^wal.sync \(flag --wal-sync\): /,
    /^seeds \(flag --seeds\): /,
  ]);
});

t.test("a file of another form says so", async (t) => {
  const environment = { HARBORPOINT_NODE_ID: "n" };
  t.match(problemsOf({ environment, file: file("a: [") }), [/^node.yaml: /]);
  t.same(problemsOf({ environment, file: file("- a\n") }), ["node.yaml: must hold keys and values"]);
  t.same(problemsOf({ environment, file: file("wal: 5\n") }), ["node.yaml: wal must hold keys and values"]);
  t.same(problemsOf({ environment, file: file("") }), []);
  t.same(problemsOf({ environment, file: file("wal:\n") }), []);
});

t.test("rules over several settings are reported like the others", async (t) => {
  const pair = z
    .strictObject({ lowMs: z.number().default(5), highMs: z.number().default(9) })
    .superRefine(({ lowMs, highMs }, context) => {
      if (lowMs > highMs)
        context.addIssue({ code: "custom", path: ["lowMs"], message: "must not pass highMs" });
    });
  t.throws(() => loadConfig(pair, { flags: { "--low-ms": "10" } }), {
    name: "ConfigError",
    problems: ["lowMs (flag --low-ms): must not pass highMs"],
  });
});

t.test("settings know their names and what the schema says about them", async (t) => {
  const [key] = configKeys(schema).filter(({ name }) => name === "wal.segmentBytesMax");
  t.match(key, {
    flag: "--wal-segment-bytes-max",
    variable: "HARBORPOINT_WAL_SEGMENT_BYTES_MAX",
    form: "number",
    description: "Largest segment file.",
  });
});

t.test("a file that cannot be read is a configuration error", async (t) => {
  const directory = t.testdir({ "node.yaml": "nodeId: n\n" });
  t.same(readConfigFile(`${directory}/node.yaml`).text, "nodeId: n\n");
  t.throws(() => readConfigFile(`${directory}/other.yaml`), { name: "ConfigError", problems: [/ENOENT/] });
});
