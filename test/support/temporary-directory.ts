import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Creates a directory of its own for a test, removed when the test ends. */
export function temporaryDirectory(t: { teardown(callback: () => void): void }): string {
  const directory = mkdtempSync(join(tmpdir(), "harborpoint-"));
  t.teardown(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}
