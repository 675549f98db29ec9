import { assert } from "../../common/assert.ts";
import { readInt64, writeInt64 } from "../../common/batch/int64.ts";
import type { Checksums } from "./checksums.ts";
import {
  FRAME_HEADER_BYTES,
  FRAME_MAGIC,
  FRAME_RECORDS_MAX,
  FRAME_TYPE_DATA,
  FRAME_VARIABLE_BYTES_FULL,
  FRAME_VERSION,
  type Frame,
  FrameHeader,
  frameOf,
  RECORD_ROW_BYTES,
  type RecordReader,
  RecordRow,
} from "./frame.ts";

/** Header fields the builder cannot know by itself. */
export type FrameContext = {
  readonly incarnation: Uint8Array;
  readonly generation: number;
  readonly firstLsn: number;
  readonly leaderTimeMs: number;
  readonly commitLsnHint: number;
  readonly prevChain: Uint8Array;
};

/**
 * Builds one frame row by row. Reused for the life of a shard: rows are written straight into
 * a scratch area, {@link finish} copies header, rows, dictionary and variable area into the
 * frame's own bytes once.
 */
export class FrameBuilder implements RecordReader {
  #scratch = new Uint8Array(64 * RECORD_ROW_BYTES);
  #words = new Int32Array(this.#scratch.buffer);
  #view = new DataView(this.#scratch.buffer);
  #count = 0;
  #texts: string[] = [];
  #strings: Uint8Array[] = [];
  #references = new Map<string, number>();
  #variable: Uint8Array[] = [];
  #labels = new Map<number, string>();
  #variableBytes = 0;

  get count(): number {
    return this.#count;
  }

  /** True when the next row belongs into the next frame. */
  get isFull(): boolean {
    return this.#count === FRAME_RECORDS_MAX || this.#variableBytes >= FRAME_VARIABLE_BYTES_FULL;
  }

  /** Reference of a string in this frame's dictionary. */
  reference(text: string): number {
    if (text === "") return 0;
    const known = this.#references.get(text);
    if (known !== undefined) return known;
    this.#strings.push(encoder.encode(text));
    this.#texts.push(text);
    this.#references.set(text, this.#strings.length);
    return this.#strings.length;
  }

  /** Appends an all-zero row and returns its offset for the setters. */
  addRow(): number {
    assert(this.#count < FRAME_RECORDS_MAX, "frame is full");
    const at = this.#count * RECORD_ROW_BYTES;
    if (at + RECORD_ROW_BYTES > this.#scratch.byteLength) this.#grow();
    this.#count++;
    return at;
  }

  /** The rows so far; replaced when they outgrow it, so never kept across {@link addRow}. */
  get bytes(): Uint8Array {
    return this.#scratch;
  }
  kindAt(at: number): number {
    return this.#scratch[at + RecordRow.KIND];
  }
  decisionAt(at: number): number {
    return this.#scratch[at + RecordRow.DECISION];
  }
  reasonAt(at: number): number {
    return this.#scratch[at + RecordRow.REASON];
  }
  issuerAt(at: number): number {
    return this.#words[(at + RecordRow.ISSUER) >> 2];
  }
  versionAt(at: number): number {
    return this.#words[(at + RecordRow.VERSION) >> 2] >>> 0;
  }
  ttlMsAt(at: number): number {
    return this.#words[(at + RecordRow.TTL_MS) >> 2] >>> 0;
  }
  int64At(at: number, field: number): number {
    return readInt64(this.#words, (at + field) >> 2);
  }
  stringAt(at: number, field: number): string {
    const reference = this.#view.getUint16(at + field, true);
    return reference === 0 ? "" : this.#texts[reference - 1];
  }
  labelsAt(at: number): string {
    return this.#labels.get(at) ?? "";
  }

  setToken(at: number, source: Uint8Array, offset: number): void {
    const scratch = this.#scratch;
    for (let i = 0; i < 16; i++) scratch[at + i] = source[offset + i];
  }
  setKind(at: number, kind: number, decision: number, reason: number): void {
    this.#scratch[at + RecordRow.KIND] = kind;
    this.#scratch[at + RecordRow.DECISION] = decision;
    this.#scratch[at + RecordRow.REASON] = reason;
  }
  setInt64(at: number, field: number, value: number): void {
    writeInt64(this.#words, (at + field) >> 2, value);
  }
  setUint32(at: number, field: number, value: number): void {
    this.#words[(at + field) >> 2] = value;
  }
  setReference(at: number, field: number, reference: number): void {
    this.#view.setUint16(at + field, reference, true);
  }
  /** Stores labels in the variable area; "" stores nothing. */
  setLabels(at: number, labels: string): void {
    if (labels === "") return;
    const text = encoder.encode(labels);
    const entry = new Uint8Array((4 + text.byteLength + 3) & ~3);
    new DataView(entry.buffer).setUint32(0, text.byteLength, true);
    entry.set(text, 4);
    this.setUint32(at, RecordRow.VARIABLE, this.#variableBytes + 1);
    this.#variable.push(entry);
    this.#labels.set(at, labels);
    this.#variableBytes += entry.byteLength;
  }

  /** Seals the rows into a frame and starts an empty one. */
  finish(context: FrameContext, checksums: Checksums): Frame {
    assert(this.#count > 0, "frame without records");
    const rowBytes = this.#count * RECORD_ROW_BYTES;
    const dictionaryBytes = this.#dictionaryLength();
    const payloadLength = (rowBytes + dictionaryBytes + this.#variableBytes + 7) & ~7;
    const bytes = new Uint8Array(FRAME_HEADER_BYTES + payloadLength);
    bytes.set(this.#scratch.subarray(0, rowBytes), FRAME_HEADER_BYTES);
    this.#writeDictionary(bytes, FRAME_HEADER_BYTES + rowBytes);
    let at = FRAME_HEADER_BYTES + rowBytes + dictionaryBytes;
    for (const entry of this.#variable) {
      bytes.set(entry, at);
      at += entry.byteLength;
    }
    const chain = this.#writeHeader(bytes, rowBytes, rowBytes + dictionaryBytes, context, checksums);
    this.reset();
    return frameOf(bytes, chain);
  }

  /** Forgets everything added since the last frame. */
  reset(): void {
    // Once for all rows: a fill per row costs as much as writing the row.
    this.#scratch.fill(0, 0, this.#count * RECORD_ROW_BYTES);
    this.#count = 0;
    this.#variableBytes = 0;
    if (this.#variable.length > 0) {
      this.#variable = [];
      this.#labels.clear();
    }
    if (this.#strings.length > 0) {
      this.#strings = [];
      this.#texts = [];
      this.#references = new Map();
    }
  }

  #writeHeader(
    bytes: Uint8Array,
    dictionaryAt: number,
    variableAt: number,
    context: FrameContext,
    checksums: Checksums,
  ): Uint8Array {
    const payload = bytes.subarray(FRAME_HEADER_BYTES);
    const view = new DataView(bytes.buffer, 0, FRAME_HEADER_BYTES);
    view.setUint32(FrameHeader.MAGIC, FRAME_MAGIC, true);
    view.setUint16(FrameHeader.VERSION, FRAME_VERSION, true);
    view.setUint8(FrameHeader.TYPE, FRAME_TYPE_DATA);
    bytes.set(context.incarnation, FrameHeader.INCARNATION);
    view.setBigUint64(FrameHeader.GENERATION, BigInt(context.generation), true);
    view.setBigUint64(FrameHeader.FIRST_LSN, BigInt(context.firstLsn), true);
    view.setUint32(FrameHeader.COUNT, this.#count, true);
    view.setUint32(FrameHeader.PAYLOAD_LENGTH, payload.byteLength, true);
    view.setBigInt64(FrameHeader.LEADER_TIME_MS, BigInt(Math.trunc(context.leaderTimeMs)), true);
    view.setBigUint64(FrameHeader.COMMIT_LSN_HINT, BigInt(context.commitLsnHint), true);
    bytes.set(context.prevChain, FrameHeader.PREV_CHAIN);
    view.setUint32(FrameHeader.PAYLOAD_CRC, checksums.crc32(payload), true);
    view.setUint32(FrameHeader.DICTIONARY, dictionaryAt, true);
    view.setUint32(FrameHeader.VARIABLE, variableAt, true);
    view.setUint32(FrameHeader.ROW_WIDTH, RECORD_ROW_BYTES, true);
    const header = bytes.subarray(0, FRAME_HEADER_BYTES);
    view.setUint32(FrameHeader.HEADER_CRC, checksums.crc32(header.subarray(0, FrameHeader.HEADER_CRC)), true);
    return checksums.sha256(header, payload);
  }

  #dictionaryLength(): number {
    let text = 0;
    for (const string of this.#strings) text += string.byteLength;
    return (4 + (this.#strings.length + 1) * 4 + text + 3) & ~3;
  }

  #writeDictionary(bytes: Uint8Array, at: number): void {
    const view = new DataView(bytes.buffer);
    view.setUint32(at, this.#strings.length, true);
    const text = at + 4 + (this.#strings.length + 1) * 4;
    let end = 0;
    for (let i = 0; i < this.#strings.length; i++) {
      view.setUint32(at + 4 + i * 4, end, true);
      bytes.set(this.#strings[i], text + end);
      end += this.#strings[i].byteLength;
    }
    view.setUint32(at + 4 + this.#strings.length * 4, end, true);
  }

  #grow(): void {
    const full = this.#scratch;
    this.#scratch = new Uint8Array(full.byteLength * 2);
    this.#scratch.set(full);
    this.#words = new Int32Array(this.#scratch.buffer);
    this.#view = new DataView(this.#scratch.buffer);
  }
}

const encoder = new TextEncoder();
