import type { Disk } from "./disk.ts";
import { indexName, segmentName } from "./log-files.ts";

/** Removes segments with their indexes one by one, each durably: a crash leaves no hole between them. */
export function removeSegments(disk: Disk, directory: string, firstLsns: readonly number[]): void {
  for (const firstLsn of firstLsns) {
    disk.remove(`${directory}/${indexName(firstLsn)}`);
    disk.remove(`${directory}/${segmentName(firstLsn)}`);
    disk.syncDirectory(directory);
  }
}
