import type { Disk, DiskAccess, DiskFile, DiskSpace } from "../../node/wal/disk.ts";

/** Called with the path of a file that is about to be synced; what it throws is the sync's failure. */
export type BeforeSync = (path: string) => void;

/** A disk that can be watched, and made to fail, where it makes files durable. */
export class HookedDisk implements Disk {
  readonly #disk: Disk;
  readonly #beforeSync: BeforeSync;

  constructor(disk: Disk, beforeSync: BeforeSync) {
    this.#disk = disk;
    this.#beforeSync = beforeSync;
  }

  createFile(path: string): DiskFile {
    return new HookedFile(this.#disk.createFile(path), this.#beforeSync);
  }
  openFile(path: string, access: DiskAccess): DiskFile {
    return new HookedFile(this.#disk.openFile(path, access), this.#beforeSync);
  }
  createDirectory(path: string): void {
    this.#disk.createDirectory(path);
  }
  list(directory: string): string[] {
    return this.#disk.list(directory);
  }
  rename(from: string, to: string): void {
    this.#disk.rename(from, to);
  }
  remove(path: string): void {
    this.#disk.remove(path);
  }
  syncDirectory(path: string): void {
    this.#disk.syncDirectory(path);
  }
  space(path: string): DiskSpace {
    return this.#disk.space(path);
  }
}

class HookedFile implements DiskFile {
  readonly path: string;
  readonly #file: DiskFile;
  readonly #beforeSync: BeforeSync;

  constructor(file: DiskFile, beforeSync: BeforeSync) {
    this.path = file.path;
    this.#file = file;
    this.#beforeSync = beforeSync;
  }

  size(): number {
    return this.#file.size();
  }
  read(target: Uint8Array, offset: number): number {
    return this.#file.read(target, offset);
  }
  write(parts: readonly Uint8Array[], offset: number): void {
    this.#file.write(parts, offset);
  }
  syncData(): void {
    this.#beforeSync(this.path);
    this.#file.syncData();
  }
  async syncDataAsync(): Promise<void> {
    this.#beforeSync(this.path);
    await this.#file.syncDataAsync?.();
  }
  close(): void {
    this.#file.close();
  }
}
