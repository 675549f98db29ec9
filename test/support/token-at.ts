import { v7 } from "uuid";

/** A fresh reservation token that says it was made at a Unix time, milliseconds. */
export function tokenAt(wallMs: number): string {
  return v7({ msecs: wallMs });
}
