import type { DiskFile } from "./disk.ts";

const WINDOW_BYTES = 1024 * 1024;

/** Sequential reading of one file in few large reads. */
export class FileWindow {
  readonly #file: DiskFile;
  readonly size: number;
  #buffer: Uint8Array;
  #start = 0;
  #end = 0;

  constructor(file: DiskFile) {
    this.#file = file;
    this.size = file.size();
    this.#buffer = new Uint8Array(Math.min(this.size, WINDOW_BYTES));
  }

  /** Bytes at an offset, fewer only at the end of the file; a view that the next call may overwrite. */
  at(offset: number, length: number): Uint8Array {
    const end = Math.min(offset + length, this.size);
    if (offset < this.#start || end > this.#end) this.#load(offset, end - offset);
    return this.#buffer.subarray(offset - this.#start, Math.max(end, offset) - this.#start);
  }

  #load(offset: number, length: number): void {
    if (length > this.#buffer.byteLength) this.#buffer = new Uint8Array(length);
    this.#start = offset;
    this.#end = offset + this.#file.read(this.#buffer, offset);
  }
}
