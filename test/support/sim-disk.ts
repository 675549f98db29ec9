import type { Random } from "../../common/random.ts";
import {
  type Disk,
  type DiskAccess,
  DiskError,
  type DiskFile,
  type DiskOperation,
  type DiskSpace,
} from "../../node/wal/disk.ts";
import { SimInode, type UnsyncedData } from "./sim-file.ts";
import { type NameChange, parentOf, SimNames } from "./sim-names.ts";

/** A change that a crash may undo, with the lengths of the pieces that live and die on their own. */
export type UnsyncedChange = UnsyncedData | NameChange;

/** Says how much of one piece of an unsynced change survives a crash: 0 … its length. */
export type CrashChoice = (change: UnsyncedChange, piece: number) => number;

/** A call that fails: the n-th from now, once or with every one after it. */
export type DiskFault = { readonly atCall: number; readonly code: string; readonly isSticky: boolean };

const CAPACITY_BYTES = 1024 * 1024 * 1024;

/**
 * A disk in memory that forgets what was not synced. Writes are visible at once; a crash keeps of
 * the unsynced ones any 512-byte sectors, or part of one, and of the unsynced names any. A failed
 * sync drops what it should have written, which stays visible until a crash, as a page cache does.
 * Missing parents of a new directory are durable at once.
 */
export class SimDisk implements Disk {
  /** Called before each call is carried out, with a line such as `write /a/b 4096+168`. */
  beforeCall: ((call: string) => void) | undefined;
  readonly #capacityBytes: number;
  #names = new SimNames();
  #changes = 0;
  #calls = 0;
  #fault: DiskFault | undefined;
  /** Counts crashes: files opened before one are dead. */
  #life = 0;

  constructor(capacityBytes = CAPACITY_BYTES) {
    this.#capacityBytes = capacityBytes;
    this.#names.addDurable("/", "directory");
  }

  /** Calls so far; `size` and `close` do not count. */
  get calls(): number {
    return this.#calls;
  }

  /** Makes a call fail; undefined takes the fault away. */
  setFault(fault: DiskFault | undefined): void {
    this.#fault = fault && { ...fault, atCall: this.#calls + fault.atCall };
  }

  /** Everything a crash at this moment could undo, oldest first. */
  unsynced(): UnsyncedChange[] {
    const data = [...this.#inodes()].flatMap((inode) => inode.unsynced());
    return [...data, ...this.#names.pending].toSorted((a, b) => a.id - b.id);
  }

  /** The disk after a crash with the given choice; this one stays as it is. */
  crashed(choice: CrashChoice): SimDisk {
    const disk = new SimDisk(this.#capacityBytes);
    const survivors = new Map<SimInode, SimInode>();
    const names = this.#names.afterCrash((change) => choice(change, 0) > 0);
    for (const [path, entry] of names) {
      if (entry === "directory") {
        disk.#names.addDurable(path, entry);
        continue;
      }
      const survivor = survivors.get(entry) ?? entry.afterCrash(choice);
      survivors.set(entry, survivor);
      disk.#names.addDurable(path, survivor);
    }
    return disk;
  }

  /** Crashes this disk itself, at random; files opened before cannot be used any more. */
  crash(random: Random): void {
    this.#names = this.crashed(randomChoice(random)).#names;
    this.#fault = undefined;
    this.#life++;
  }

  /** Flips bits of a file where it is durable: `mask` is exclusive-ored into the byte at an offset. */
  rot(path: string, offset: number, mask: number): void {
    const inode = this.#inode("read", path);
    inode.visible.flip(offset, mask);
    inode.durable.flip(offset, mask);
  }

  createFile(path: string): DiskFile {
    this.#call("create", path);
    if (this.#names.visible.has(path)) throw new DiskError("create", path, "EEXIST");
    if (this.#names.visible.get(parentOf(path)) !== "directory")
      throw new DiskError("create", path, "ENOENT");
    const inode = new SimInode();
    this.#names.change(this.#changes++, undefined, { path, entry: inode });
    return this.#file(path, inode, "write");
  }

  openFile(path: string, access: DiskAccess): DiskFile {
    this.#call("open", path);
    return this.#file(path, this.#inode("open", path), access);
  }

  createDirectory(path: string): void {
    this.#call("create-directory", path);
    if (this.#names.visible.has(path)) return;
    for (let parent = parentOf(path); !this.#names.visible.has(parent); parent = parentOf(parent)) {
      this.#names.addDurable(parent, "directory");
    }
    this.#names.change(this.#changes++, undefined, { path, entry: "directory" });
  }

  list(directory: string): string[] {
    this.#call("list", directory);
    return this.#names.list(directory);
  }

  rename(from: string, to: string): void {
    this.#call("rename", from, to);
    if (parentOf(from) !== parentOf(to)) throw new DiskError("rename", from, "EXDEV");
    const entry = this.#inode("rename", from);
    this.#names.change(this.#changes++, from, { path: to, entry });
  }

  remove(path: string): void {
    this.#call("remove", path);
    if (this.#names.visible.has(path)) this.#names.change(this.#changes++, path, undefined);
  }

  syncDirectory(path: string): void {
    this.#call("sync-directory", path);
    if (this.#names.visible.get(path) !== "directory") throw new DiskError("sync-directory", path, "ENOENT");
    this.#names.sync(path);
  }

  space(path: string): DiskSpace {
    this.#call("space", path);
    return { freeBytes: this.#capacityBytes - this.#usedBytes(), totalBytes: this.#capacityBytes };
  }

  #file(path: string, inode: SimInode, access: DiskAccess): DiskFile {
    const life = this.#life;
    let failedSync: DiskError | undefined;
    const begin = (operation: DiskOperation, detail?: string) => {
      if (life !== this.#life) throw new DiskError(operation, path, "EBADF");
      if (failedSync !== undefined) throw failedSync;
      this.#call(operation, path, detail);
    };
    return {
      path,
      size: () => inode.visible.sizeBytes,
      read: (target, offset) => {
        begin("read", `${offset}+${target.byteLength}`);
        return inode.visible.read(target, offset);
      },
      write: (parts, offset) => {
        const bytes = Buffer.concat(parts);
        begin("write", `${offset}+${bytes.byteLength}`);
        this.#write(path, inode, bytes, offset, access);
      },
      syncData: () => {
        try {
          begin("sync");
        } catch (error) {
          inode.drop();
          if (error instanceof DiskError) failedSync ??= error;
          throw error;
        }
        inode.sync();
      },
      close: () => {},
    };
  }

  #write(path: string, inode: SimInode, bytes: Uint8Array, offset: number, access: DiskAccess): void {
    if (access === "read") throw new DiskError("write", path, "EBADF");
    const growth = offset + bytes.byteLength - inode.visible.sizeBytes;
    if (growth > 0 && this.#usedBytes() + growth > this.#capacityBytes) {
      throw new DiskError("write", path, "ENOSPC");
    }
    inode.write(this.#changes++, bytes, offset);
  }

  #call(operation: DiskOperation, path: string, detail?: string): void {
    this.beforeCall?.(detail === undefined ? `${operation} ${path}` : `${operation} ${path} ${detail}`);
    this.#calls++;
    const fault = this.#fault;
    if (fault === undefined || this.#calls < fault.atCall) return;
    if (!fault.isSticky) this.#fault = undefined;
    throw new DiskError(operation, path, fault.code);
  }

  #inode(operation: DiskOperation, path: string): SimInode {
    const entry = this.#names.visible.get(path);
    if (entry === undefined) throw new DiskError(operation, path, "ENOENT");
    if (entry === "directory") throw new DiskError(operation, path, "EISDIR");
    return entry;
  }

  *#inodes(): Generator<SimInode> {
    const entries = [...this.#names.visible.values(), ...this.#names.durable.values()];
    for (const entry of new Set(entries)) if (entry !== "directory") yield entry;
  }

  #usedBytes(): number {
    let bytes = 0;
    for (const entry of this.#names.visible.values())
      if (entry !== "directory") bytes += entry.visible.sizeBytes;
    return bytes;
  }
}

/** Each change is kept, lost, or decided sector by sector, some sectors in part. */
function randomChoice(random: Random): CrashChoice {
  const modes = new Map<number, number>();
  return (change, piece) => {
    const mode = modes.get(change.id) ?? random.integer(0, 2);
    modes.set(change.id, mode);
    const length = change.pieces[piece];
    if (mode < 2) return mode * length;
    return [0, length, random.integer(0, length)][random.integer(0, 2)];
  };
}
