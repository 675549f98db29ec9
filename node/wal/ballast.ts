import type { Disk } from "./disk.ts";
import { diskVerdict } from "./disk-policy.ts";
import { TEMPORARY } from "./log-files.ts";
import { zeroFill } from "./zero-fill.ts";

/** Name of the ballast in a node's data directory. */
export const BALLAST_NAME = "ballast";

/**
 * Room kept in hand: a file that does nothing until somebody has to recover a full volume and
 * removes it. Made whole or not at all, and only where enough room is left besides; returns false
 * when nothing was made.
 */
export function placeBallast(disk: Disk, directory: string, bytes: number): boolean {
  if (disk.list(directory).includes(BALLAST_NAME)) return false;
  const { freeBytes, totalBytes } = disk.space(directory);
  if (diskVerdict({ freeBytes: freeBytes - bytes, totalBytes }, "ok") !== "ok") return false;
  const temporary = `${directory}/${BALLAST_NAME}${TEMPORARY}`;
  disk.remove(temporary);
  const file = disk.createFile(temporary);
  try {
    zeroFill(file, 0, bytes);
    file.syncData();
  } finally {
    file.close();
  }
  disk.rename(temporary, `${directory}/${BALLAST_NAME}`);
  disk.syncDirectory(directory);
  return true;
}
