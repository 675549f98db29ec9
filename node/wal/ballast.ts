import type { Disk } from "./disk.ts";
import { TEMPORARY } from "./log-files.ts";
import { zeroFill } from "./zero-fill.ts";

/** Name of the ballast in a node's data directory. */
export const BALLAST_NAME = "ballast";
/** Enough for one segment of the largest size and the state files of a recovery. */
export const BALLAST_BYTES = 128 * 1024 * 1024;

/**
 * Room kept in hand: a file that does nothing until somebody has to recover a full volume and
 * removes it. Made whole or not at all; returns false when it was there.
 */
export function placeBallast(disk: Disk, directory: string, bytes: number): boolean {
  if (disk.list(directory).includes(BALLAST_NAME)) return false;
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

/** Gives the room back. */
export function releaseBallast(disk: Disk, directory: string): void {
  disk.remove(`${directory}/${BALLAST_NAME}`);
  disk.syncDirectory(directory);
}
