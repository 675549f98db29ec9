import * as fs from "node:fs";
import {
  type Disk,
  type DiskAccess,
  DiskError,
  type DiskFile,
  type DiskOperation,
  type DiskSpace,
} from "./disk.ts";

/** The real file system. */
export class NodeDisk implements Disk {
  createFile(path: string): DiskFile {
    return new NodeFile(
      path,
      attempt("create", path, () => fs.openSync(path, "wx+")),
    );
  }

  openFile(path: string, access: DiskAccess): DiskFile {
    const flags = access === "read" ? "r" : "r+";
    return new NodeFile(
      path,
      attempt("open", path, () => fs.openSync(path, flags)),
    );
  }

  createDirectory(path: string): void {
    attempt("create-directory", path, () => fs.mkdirSync(path, { recursive: true }));
  }

  list(directory: string): string[] {
    return attempt("list", directory, () => {
      return fs.existsSync(directory) ? fs.readdirSync(directory).toSorted() : [];
    });
  }

  rename(from: string, to: string): void {
    attempt("rename", from, () => fs.renameSync(from, to));
  }

  remove(path: string): void {
    attempt("remove", path, () => fs.rmSync(path, { force: true }));
  }

  syncDirectory(path: string): void {
    attempt("sync-directory", path, () => {
      const descriptor = fs.openSync(path, "r");
      try {
        fs.fsyncSync(descriptor);
      } finally {
        fs.closeSync(descriptor);
      }
    });
  }

  space(path: string): DiskSpace {
    const { bavail, blocks, bsize } = attempt("space", path, () => fs.statfsSync(path));
    return { freeBytes: bavail * bsize, totalBytes: blocks * bsize };
  }
}

class NodeFile implements DiskFile {
  readonly path: string;
  readonly #descriptor: number;
  #failedSync: DiskError | undefined;

  constructor(path: string, descriptor: number) {
    this.path = path;
    this.#descriptor = descriptor;
  }

  size(): number {
    return this.#attempt("size", () => fs.fstatSync(this.#descriptor).size);
  }

  read(target: Uint8Array, offset: number): number {
    return this.#attempt("read", () => {
      let done = 0;
      while (done < target.byteLength) {
        const count = fs.readSync(this.#descriptor, target, done, target.byteLength - done, offset + done);
        if (count === 0) break;
        done += count;
      }
      return done;
    });
  }

  write(parts: readonly Uint8Array[], offset: number): void {
    this.#attempt("write", () => {
      let length = 0;
      for (const part of parts) length += part.byteLength;
      const written = fs.writevSync(this.#descriptor, parts, offset);
      if (written < length) this.#writeRest(parts, offset, written);
    });
  }

  syncData(): void {
    this.#assertUsable();
    try {
      fs.fdatasyncSync(this.#descriptor);
    } catch (error) {
      throw this.#poison(error);
    }
  }

  async syncDataAsync(): Promise<void> {
    this.#assertUsable();
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    fs.fdatasync(this.#descriptor, (error) => {
      if (error) reject(this.#poison(error));
      else resolve();
    });
    await promise;
  }

  close(): void {
    attempt("close", this.path, () => fs.closeSync(this.#descriptor));
  }

  /** A short write goes on where it stopped; what stopped it throws here. */
  #writeRest(parts: readonly Uint8Array[], offset: number, written: number): void {
    const rest = Buffer.concat(parts).subarray(written);
    let done = 0;
    while (done < rest.byteLength) {
      done += fs.writeSync(this.#descriptor, rest, done, rest.byteLength - done, offset + written + done);
    }
  }

  #poison(cause: unknown): DiskError {
    this.#failedSync ??= diskError("sync", this.path, cause);
    return this.#failedSync;
  }

  #assertUsable(): void {
    if (this.#failedSync !== undefined) throw this.#failedSync;
  }

  #attempt<T>(operation: DiskOperation, call: () => T): T {
    this.#assertUsable();
    return attempt(operation, this.path, call);
  }
}

function attempt<T>(operation: DiskOperation, path: string, call: () => T): T {
  try {
    return call();
  } catch (error) {
    throw diskError(operation, path, error);
  }
}

function diskError(operation: DiskOperation, path: string, cause: unknown): DiskError {
  const code = cause instanceof Error && "code" in cause ? String(cause.code) : "EUNKNOWN";
  return new DiskError(operation, path, code, { cause });
}
