import type { Checksums } from "../shard/checksums.ts";
import type { Frame } from "../shard/frame.ts";
import type { DiskFile } from "./disk.ts";
import { ENVELOPE_BYTES, writeEnvelope } from "./envelope.ts";
import { writeMark } from "./log-end.ts";
import type { SegmentHeader } from "./segment-header.ts";

/** Bytes an entry takes in a segment, with room for the mark behind it. */
export function entryBytes(frame: Frame): number {
  return ENVELOPE_BYTES + frame.bytes.byteLength + ENVELOPE_BYTES;
}

/**
 * The segment being written. Entries are gathered by {@link put} and written with one call by
 * {@link flush}, straight from the bytes of the frames.
 */
export class ActiveSegment {
  readonly file: DiskFile;
  readonly header: SegmentHeader;
  readonly sizeBytes: number;
  /** Monotonic time at which the segment came into use, milliseconds. */
  readonly openedMs: number;
  readonly #checksums: Checksums;
  #offset: number;
  #parts: Uint8Array[] = [];
  #partsOffset: number;

  constructor(file: DiskFile, header: SegmentHeader, offset: number, openedMs: number, checksums: Checksums) {
    this.file = file;
    this.header = header;
    this.sizeBytes = file.size();
    this.openedMs = openedMs;
    this.#checksums = checksums;
    this.#offset = offset;
    this.#partsOffset = offset;
  }

  /** Where the next entry goes. */
  get offset(): number {
    return this.#offset;
  }

  hasRoom(frame: Frame): boolean {
    return this.#offset + entryBytes(frame) <= this.sizeBytes;
  }

  /** Gathers an entry and returns its offset. */
  put(frame: Frame, syncedLsn: number): number {
    const envelope = new Uint8Array(ENVELOPE_BYTES);
    const fields = { frameLength: frame.bytes.byteLength, syncedLsn };
    writeEnvelope(envelope, this.header.segmentId, fields, this.#checksums);
    this.#parts.push(envelope, frame.bytes);
    const offset = this.#offset;
    this.#offset += ENVELOPE_BYTES + frame.bytes.byteLength;
    return offset;
  }

  /** Writes the gathered entries. */
  flush(): void {
    if (this.#parts.length === 0) return;
    this.file.write(this.#parts, this.#partsOffset);
    this.#parts = [];
    this.#partsOffset = this.#offset;
  }

  /** Writes behind the last entry how far the log is durable. */
  mark(syncedLsn: number): void {
    writeMark(this.file, this.#offset, { header: this.header, syncedLsn }, this.#checksums);
  }
}
