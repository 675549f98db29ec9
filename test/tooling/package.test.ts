// What an installation rests on: exact versions, a lockfile that holds anywhere, scripts that lead somewhere.
import { existsSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import t from "tap";

const root = resolve(import.meta.dirname, "../..");
const read = (name: string): string => readFileSync(join(root, name), "utf8");

interface Manifest {
  version: string;
  bin: Record<string, string>;
  scripts: Record<string, string>;
  dependencies: Record<string, string>;
  optionalDependencies: Record<string, string>;
  devDependencies: Record<string, string>;
}
const manifest = JSON.parse(read("package.json")) as Manifest;
const { dependencies, optionalDependencies, devDependencies } = manifest;
const lock = JSON.parse(read("package-lock.json")) as { packages: Record<string, Partial<Manifest>> };
const direct = { ...dependencies, ...optionalDependencies, ...devDependencies };

t.test("versions are exact", async (t) => {
  for (const [name, version] of Object.entries(direct)) t.match(version, /^\d+\.\d+\.\d+$/, name);
});

t.test("the lockfile is in step and names no registry", async (t) => {
  t.match(lock.packages[""], { dependencies, optionalDependencies, devDependencies });
  for (const [name, version] of Object.entries(direct)) {
    t.equal(lock.packages[`node_modules/${name}`]?.version, version, name);
  }
  t.notMatch(read("package-lock.json"), '"resolved"');
});

t.test(
  "npm ci takes the lockfile on every platform: no optional package is missing (npm run fix)",
  async (t) => {
    for (const [path, { optionalDependencies: names = {} }] of Object.entries(lock.packages)) {
      for (const name of Object.keys(names)) {
        const entry = lock.packages[`${path}/node_modules/${name}`] ?? lock.packages[`node_modules/${name}`];
        t.ok(entry?.version, name);
      }
    }
  },
);

t.test("every platform gets the same Node, the one these tests run on", async (t) => {
  t.strictSame([...new Set(Object.values(optionalDependencies))], [process.versions.node]);
  t.match(read("Dockerfile"), `FROM node:${process.versions.node}-`);
});

t.test("scripts and programs lead to files that exist", async (t) => {
  const texts = [...Object.values(manifest.scripts), ...Object.values(manifest.bin)];
  const files = texts.flatMap((text) => text.match(/\S+\.(?:ts|mjs)\b/g) ?? []);
  for (const file of files) t.ok(existsSync(join(root, file)), file);
});
