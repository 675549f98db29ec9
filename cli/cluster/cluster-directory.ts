import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

/** Where a local cluster keeps data and logs. */
export interface ClusterDirectory {
  readonly path: string;
  /** Removes it if it is temporary; what somebody chose stays. */
  remove(): void;
}

/** The directory somebody chose, or a temporary one that goes when this process does. */
export function openClusterDirectory(chosen: string | undefined): ClusterDirectory {
  if (chosen !== undefined) {
    const path = resolve(chosen);
    mkdirSync(path, { recursive: true });
    return { path, remove: () => {} };
  }
  const path = mkdtempSync(join(tmpdir(), "harborpoint-cluster-"));
  const remove = (): void => rmSync(path, { recursive: true, force: true });
  process.once("exit", remove);
  return {
    path,
    remove: () => {
      process.off("exit", remove); // a process may use many directories, one after the other
      remove();
    },
  };
}
