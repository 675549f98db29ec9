import { closeSync, fstatSync, openSync, readSync } from "node:fs";

const TAIL_BYTES = 2_000;

/** The last lines of a file, for an error message; empty when there is none. */
export function tailOfFile(path: string): string {
  let file: number;
  try {
    file = openSync(path, "r");
  } catch {
    return "";
  }
  try {
    const { size } = fstatSync(file);
    const bytes = Buffer.alloc(Math.min(size, TAIL_BYTES));
    readSync(file, bytes, 0, bytes.length, size - bytes.length);
    return bytes.toString("utf8").trim();
  } finally {
    closeSync(file);
  }
}
