// Completes package-lock.json with the optional packages of other platforms.
//
// A registry mirror may hold only the platforms it was asked for. npm then leaves the others out of the
// lockfile, and `npm ci` refuses it everywhere. An entry that says "version so-and-so, for that platform" is
// enough: where the platform does not match nothing is fetched, where it does npm fetches that version.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "./command.ts";

interface LockedPackage {
  version?: string;
  dev?: boolean;
  optional?: boolean;
  cpu?: string[];
  os?: string[];
  libc?: string[];
  optionalDependencies?: Record<string, string>;
}
type LockedPackages = Record<string, LockedPackage>;

const CPUS = ["arm", "arm64", "ia32", "loong64", "ppc64", "riscv64", "s390x", "x64"];
const SYSTEMS = ["android", "darwin", "freebsd", "linux", "openharmony", "win32"];

/** What a package is for, as the name of every package of this kind says. */
function platform(name: string): LockedPackage {
  const words = name.split(/[/-]/).map((word) => (/^armv?[67]?$|^armv7l$/.test(word) ? "arm" : word));
  const cpu = CPUS.filter((word) => words.includes(word));
  const os = SYSTEMS.filter((word) => words.includes(word));
  const libc = words.some((word) => word.startsWith("musl"))
    ? ["musl"]
    : words.some((word) => word.startsWith("gnu"))
      ? ["glibc"]
      : [];
  return { ...(cpu.length > 0 && { cpu }), ...(os.length > 0 && { os }), ...(libc.length > 0 && { libc }) };
}

/** Optional packages without a usable entry: [place in the tree, entry]. */
function missingPackages(packages: LockedPackages): [string, LockedPackage][] {
  return Object.entries(packages).flatMap(([path, owner]) =>
    Object.entries(owner.optionalDependencies ?? {})
      .filter(([name]) => [`${path}/node_modules/${name}`, `node_modules/${name}`].every(isMissing))
      .map(([name, version]): [string, LockedPackage] => [
        `node_modules/${name}`,
        sorted({ version, ...(owner.dev && { dev: true }), optional: true, ...platform(name) }),
      ]),
  );

  function isMissing(path: string): boolean {
    return packages[path]?.version === undefined;
  }
}

/** npm writes the version first, the rest by name. */
function sorted({ version, ...rest }: LockedPackage): LockedPackage {
  return { version, ...Object.fromEntries(Object.entries(rest).toSorted(([a], [b]) => (a < b ? -1 : 1))) };
}

/** Adds the missing entries, and says how many. */
export function completeLockfile(file: string = join(ROOT, "package-lock.json")): number {
  const lock = JSON.parse(readFileSync(file, "utf8")) as { packages: LockedPackages };
  const missing = missingPackages(lock.packages);
  if (missing.length > 0) {
    const all = Object.entries({ ...lock.packages, ...Object.fromEntries(missing) });
    lock.packages = Object.fromEntries(all.toSorted(([a], [b]) => a.localeCompare(b, "en"))); // npm's order
    writeFileSync(file, `${JSON.stringify(lock, undefined, 2)}\n`);
  }
  return missing.length;
}
