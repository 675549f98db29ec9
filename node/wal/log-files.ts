import { assert } from "../../common/assert.ts";
import { type Disk, DiskError, type DiskFile } from "./disk.ts";

/** Names below a shard's directory. */
const WAL = "wal";
const QUARANTINE = "quarantine";
const SEGMENT = /^(\d{20})\.seg$/;

/** Ending of a sealed segment's index. */
export const INDEX_ENDING = ".idx";

/** Ending of a file that is not there yet: recovery removes what a crash left of it. */
export const TEMPORARY = ".tmp";

/** The segment made ahead, before it has a first LSN. */
export const NEXT_SEGMENT = `next${TEMPORARY}`;

/** Directory of a shard's segments. */
export function walDirectory(shardDirectory: string): string {
  return `${shardDirectory}/${WAL}`;
}

/** Directory of the copies kept of cut or damaged bytes. */
export function quarantineDirectory(shardDirectory: string): string {
  return `${shardDirectory}/${QUARANTINE}`;
}

/** File name of a segment by its first LSN, which also orders the names. */
export function segmentName(firstLsn: number): string {
  return `${lsnDigits(firstLsn)}.seg`;
}

/** File name of a sealed segment's index. */
export function indexName(firstLsn: number): string {
  return lsnDigits(firstLsn) + INDEX_ENDING;
}

/** Twenty digits hold every LSN of 64 bits. */
export function lsnDigits(lsn: number): string {
  return String(lsn).padStart(20, "0");
}

/** First LSNs of the segments in a directory, ascending. */
export function listSegments(disk: Disk, directory: string): number[] {
  const firstLsns: number[] = [];
  for (const name of disk.list(directory)) {
    const digits = SEGMENT.exec(name)?.[1];
    if (digits !== undefined) firstLsns.push(Number(digits));
  }
  return firstLsns.toSorted((a, b) => a - b);
}

/** Creates a directory and makes its name durable in its parent. */
export function createDurableDirectory(disk: Disk, path: string): void {
  const cut = path.lastIndexOf("/");
  assert(cut > 0, "a log directory has a parent");
  disk.createDirectory(path);
  disk.syncDirectory(path.slice(0, cut));
}

/** Writes a small file whole: after it returns the file has all of its bytes, durably, or the old ones. */
export function replaceFile(disk: Disk, directory: string, name: string, bytes: Uint8Array): void {
  const temporary = `${directory}/${name}${TEMPORARY}`;
  disk.remove(temporary);
  const file = disk.createFile(temporary);
  try {
    file.write([bytes], 0);
    file.syncData();
  } finally {
    file.close();
  }
  disk.rename(temporary, `${directory}/${name}`);
  disk.syncDirectory(directory);
}

/** The bytes of a whole file, or undefined when there is none by that name. */
export function readWholeFile(disk: Disk, path: string): Uint8Array | undefined {
  const file = openIfThere(disk, path);
  if (file === undefined) return undefined;
  try {
    const bytes = new Uint8Array(file.size());
    return bytes.subarray(0, file.read(bytes, 0));
  } finally {
    file.close();
  }
}

function openIfThere(disk: Disk, path: string): DiskFile | undefined {
  try {
    return disk.openFile(path, "read");
  } catch (error) {
    if (error instanceof DiskError && error.code === "ENOENT") return undefined;
    throw error;
  }
}
