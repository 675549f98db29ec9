import { execFileSync } from "node:child_process";
import { existsSync, globSync } from "node:fs";
import { join } from "node:path";

const APT_GET = "/usr/bin/apt-get";
const DEBIAN_DIRECTORIES = "/usr/lib/postgresql/*/bin";

/**
 * Directory of PostgreSQL's programs. On a Debian system that has none, root installs the package;
 * everybody else is told what is missing.
 */
export function postgresqlPrograms(say: (message: string) => void): string {
  const found = findPrograms();
  if (found !== undefined) return found;
  if (process.getuid?.() !== 0 || !existsSync(APT_GET))
    throw new Error("PostgreSQL is not installed: its programs initdb and pgbench are needed");
  say("PostgreSQL is not installed: installing the Debian package postgresql");
  execFileSync(APT_GET, ["install", "-y", "-qq", "postgresql"], { stdio: ["ignore", "ignore", "inherit"] });
  const installed = findPrograms();
  if (installed === undefined) throw new Error("the Debian package postgresql brought no initdb");
  return installed;
}

/** The newest version found. */
function findPrograms(): string | undefined {
  const candidates = [
    ...globSync(DEBIAN_DIRECTORIES).sort(byVersion),
    ...(process.env.PATH ?? "").split(":"),
  ];
  return candidates.find((directory) =>
    ["initdb", "pgbench"].every((name) => existsSync(join(directory, name))),
  );
}

function byVersion(a: string, b: string): number {
  return b.localeCompare(a, "en", { numeric: true });
}
