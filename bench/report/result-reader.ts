import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { UsageError } from "../../cli/exit-code.ts";
import { type BenchResult, benchResultSchema } from "./bench-result.ts";

/** The runs in a file or, one JSON file each, in a directory. @throws UsageError when there are none */
export function readResults(path: string): BenchResult[] {
  const results = filesOf(path).map(readResult);
  if (results.length === 0) throw new UsageError(`${path} holds no results`);
  return results;
}

function filesOf(path: string): string[] {
  try {
    if (!statSync(path).isDirectory()) return [path];
    const names = readdirSync(path).filter((name) => name.endsWith(".json"));
    return names.map((name) => join(path, name));
  } catch (error) {
    throw new UsageError(`${path} cannot be read: ${(error as Error).message}`);
  }
}

function readResult(path: string): BenchResult {
  try {
    return benchResultSchema.parse(JSON.parse(readFileSync(path, "utf8")));
  } catch (error) {
    throw new UsageError(`${path} is no result of a bench: ${(error as Error).message}`);
  }
}
