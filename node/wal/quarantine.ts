import { createHash } from "node:crypto";
import type { Disk, DiskFile } from "./disk.ts";
import { FileWindow } from "./file-window.ts";
import { createDurableDirectory, lsnDigits, quarantineDirectory, TEMPORARY } from "./log-files.ts";

const COPY_BYTES = 1024 * 1024;

/** A verified copy of bytes that leave the log. */
export type QuarantineCopy = {
  readonly path: string;
  readonly bytes: number;
  /** SHA-256 of the copy in hex, also part of its name. */
  readonly sha256: string;
};

/**
 * Keeps a copy of bytes before they are cut or replaced: written, made durable, read back and
 * compared by hash; only then does it get its name `<first>-<last>-<sha256><ending>`.
 */
export function quarantine(
  disk: Disk,
  shardDirectory: string,
  range: { readonly firstLsn: number; readonly lastLsn: number; readonly ending: string },
  parts: Iterable<Uint8Array>,
): QuarantineCopy {
  const directory = quarantineDirectory(shardDirectory);
  createDurableDirectory(disk, directory);
  const temporary = `${directory}/copy${TEMPORARY}`;
  disk.remove(temporary);
  const file = disk.createFile(temporary);
  try {
    const written = writeHashed(file, parts);
    file.syncData();
    const sha256 = hashOf(file);
    if (sha256 !== written.sha256) throw new Error(`quarantine copy of ${shardDirectory} does not read back`);
    const path = `${directory}/${lsnDigits(range.firstLsn)}-${lsnDigits(range.lastLsn)}-${sha256}${range.ending}`;
    disk.rename(temporary, path);
    disk.syncDirectory(directory);
    return { path, ...written };
  } finally {
    file.close();
  }
}

function writeHashed(file: DiskFile, parts: Iterable<Uint8Array>): { bytes: number; sha256: string } {
  const hash = createHash("sha256");
  let bytes = 0;
  for (const part of parts) {
    file.write([part], bytes);
    hash.update(part);
    bytes += part.byteLength;
  }
  return { bytes, sha256: hash.digest("hex") };
}

function hashOf(file: DiskFile): string {
  const hash = createHash("sha256");
  for (const part of fileParts(file)) hash.update(part);
  return hash.digest("hex");
}

/** The bytes of a whole file piece by piece; each piece is valid until the next. */
export function* fileParts(file: DiskFile): Generator<Uint8Array> {
  const window = new FileWindow(file);
  for (let at = 0; at < window.size; at += COPY_BYTES) yield window.at(at, COPY_BYTES);
}
