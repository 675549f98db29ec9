/**
 * The file system as the log uses it: synchronous, explicit about what is durable. A write is
 * durable after {@link DiskFile.syncData}, a name (created, renamed, removed) after
 * {@link Disk.syncDirectory} of its directory; everything else may be lost, in part and in any
 * order, by a crash. Paths are absolute and use "/". Failures are {@link DiskError}s.
 */
export type Disk = {
  /** Opens a new, empty file for reading and writing; EEXIST when the name is taken. */
  createFile(path: string): DiskFile;
  /** Opens an existing file for reading, or for reading and writing. */
  openFile(path: string, access: DiskAccess): DiskFile;
  /** Creates a directory and its missing parents; nothing happens when it is there. */
  createDirectory(path: string): void;
  /** Names in a directory, sorted; empty when there is no such directory. */
  list(directory: string): string[];
  /** Gives a file another name in the same directory, replacing what had that name. */
  rename(from: string, to: string): void;
  /** Removes a file; nothing happens when there is none. */
  remove(path: string): void;
  /** Makes the names in a directory durable. */
  syncDirectory(path: string): void;
  /** Room on the volume that holds a path, as an unprivileged process may use it. */
  space(path: string): DiskSpace;
};

export type DiskAccess = "read" | "write";

export type DiskSpace = { readonly freeBytes: number; readonly totalBytes: number };

/**
 * An open file. After a failed sync nobody knows what is on disk and a second sync would lie, so
 * the file is poisoned: every later call but `close` throws that first error again.
 */
export type DiskFile = {
  readonly path: string;
  size(): number;
  /** Fills the target from an offset and returns the bytes read: fewer only at the end of the file. */
  read(target: Uint8Array, offset: number): number;
  /** Writes the parts one behind the other from an offset, all of them or throws. */
  write(parts: readonly Uint8Array[], offset: number): void;
  /** Blocks until everything written is durable. */
  syncData(): void;
  /** The same in a thread of its own, where the disk can do that. */
  syncDataAsync?(): Promise<void>;
  close(): void;
};

export type DiskOperation =
  | "create"
  | "open"
  | "create-directory"
  | "list"
  | "rename"
  | "remove"
  | "sync-directory"
  | "space"
  | "size"
  | "read"
  | "write"
  | "sync"
  | "close";

/** A call the file system refused. On the way of a commit it is fatal, never retried. */
export class DiskError extends Error {
  readonly operation: DiskOperation;
  readonly path: string;
  /** System error code such as "EIO" or "ENOSPC". */
  readonly code: string;

  constructor(operation: DiskOperation, path: string, code: string, options?: ErrorOptions) {
    super(`${operation} ${path}: ${code}`, options);
    this.name = "DiskError";
    this.operation = operation;
    this.path = path;
    this.code = code;
  }
}

/**
 * Makes several files durable at the price of the slowest: one file is synced on the spot, more
 * of them at once in threads of their own. Waits for all of them; throws the first failure.
 */
export async function syncTogether(files: readonly DiskFile[]): Promise<void> {
  if (files.length <= 1) {
    for (const file of files) file.syncData();
    return;
  }
  const results = await Promise.allSettled(files.map(async (file) => syncOne(file)));
  for (const result of results) if (result.status === "rejected") throw result.reason;
}

async function syncOne(file: DiskFile): Promise<void> {
  if (file.syncDataAsync === undefined) file.syncData();
  else await file.syncDataAsync();
}
