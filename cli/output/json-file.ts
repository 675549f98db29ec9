import { closeSync, openSync, renameSync, writeFileSync } from "node:fs";
import { UsageError } from "../exit-code.ts";

/** Fails early when a result file cannot be written, not after an hour's work. */
export function checkWritable(path: string | undefined): void {
  if (path === undefined) return;
  try {
    closeSync(openSync(path, "a"));
  } catch (error) {
    throw new UsageError(`${path} cannot be written: ${(error as Error).message}`);
  }
}

/** Writes a result for other programs; they see the old file or the whole new one. */
export function writeJson(path: string, data: unknown): void {
  const temporary = `${path}.${process.pid}.tmp`;
  writeFileSync(temporary, `${JSON.stringify(data)}\n`);
  renameSync(temporary, path);
}
