import { assert } from "../assert.ts";
import { writeInt64 } from "./int64.ts";
import type { Kind } from "./kinds.ts";
import { TOKEN_BYTES } from "./token.ts";

/** Bytes of one request row; the layout is `docs/internals/batch-format.md`. */
export const REQUEST_ROW_BYTES = 64;
/** Most rows in one batch. */
export const BATCH_ROWS_MAX = 8192;
/** Most strings in one batch (indexes are 16 bits, 0 is the empty string). */
export const BATCH_STRINGS_MAX = 65535;

/** Offsets within a request row. Integers are little-endian. */
export const RequestRow = {
  TOKEN: 0,
  TARGET_TOKEN: 16,
  AMOUNT_MINOR: 32,
  ISSUER: 40,
  DESK: 42,
  TRADER: 44,
  CURRENCY: 46,
  LABELS: 48,
  KIND: 50,
  TTL_MS: 52,
} as const;

/** Mutations of one or more issuers: fixed-width rows and the strings they refer to. */
export type MutationBatch = {
  /** `count × 64` bytes, at an offset divisible by 4. */
  readonly rows: Uint8Array;
  /** strings[i] is what index i + 1 stands for. */
  readonly strings: readonly string[];
};

/** One mutation before it becomes a row. */
export type MutationFields = {
  readonly kind: Kind;
  readonly token: Uint8Array;
  readonly targetToken?: Uint8Array;
  readonly amountMinor?: number;
  readonly issuerId: string;
  readonly desk?: string;
  readonly trader?: string;
  readonly currency?: string;
  /** Canonical JSON of the labels, "" when there are none. */
  readonly labels?: string;
  readonly ttlMs?: number;
};

/** Number of rows in a batch. */
export function batchRowCount(batch: MutationBatch): number {
  return batch.rows.byteLength / REQUEST_ROW_BYTES;
}

/** String behind an index of a row. */
export function batchString(batch: MutationBatch, index: number): string {
  return index === 0 ? "" : batch.strings[index - 1];
}

/** Collects mutations into one batch; reusable after {@link take}. */
export class MutationBatchBuilder {
  #rows!: Uint8Array;
  #words!: Int32Array;
  #view!: DataView;
  #count = 0;
  #strings: string[] = [];
  #indexes = new Map<string, number>([["", 0]]);

  constructor(rowsExpected = 64) {
    this.#allocate(Math.max(1, rowsExpected));
  }

  get count(): number {
    return this.#count;
  }

  /** Adds one row and returns its index. The caller has validated the fields. */
  add(fields: MutationFields): number {
    assert(this.#count < BATCH_ROWS_MAX, "batch is full");
    if ((this.#count + 1) * REQUEST_ROW_BYTES > this.#rows.byteLength) this.#grow();
    const at = this.#count * REQUEST_ROW_BYTES;
    this.#rows.set(fields.token, at + RequestRow.TOKEN);
    if (fields.targetToken) this.#rows.set(fields.targetToken, at + RequestRow.TARGET_TOKEN);
    else this.#rows.fill(0, at + RequestRow.TARGET_TOKEN, at + RequestRow.TARGET_TOKEN + TOKEN_BYTES);
    writeInt64(this.#words, (at + RequestRow.AMOUNT_MINOR) >> 2, fields.amountMinor ?? 0);
    const view = this.#view;
    view.setUint16(at + RequestRow.ISSUER, this.#indexOf(fields.issuerId), true);
    view.setUint16(at + RequestRow.DESK, this.#indexOf(fields.desk ?? ""), true);
    view.setUint16(at + RequestRow.TRADER, this.#indexOf(fields.trader ?? ""), true);
    view.setUint16(at + RequestRow.CURRENCY, this.#indexOf(fields.currency ?? ""), true);
    view.setUint16(at + RequestRow.LABELS, this.#indexOf(fields.labels ?? ""), true);
    view.setUint8(at + RequestRow.KIND, fields.kind);
    view.setUint32(at + RequestRow.TTL_MS, fields.ttlMs ?? 0, true);
    return this.#count++;
  }

  /** Hands the batch over and starts an empty one. */
  take(): MutationBatch {
    const batch = { rows: this.#rows.subarray(0, this.#count * REQUEST_ROW_BYTES), strings: this.#strings };
    this.#count = 0;
    this.#strings = [];
    this.#indexes = new Map([["", 0]]);
    this.#allocate(Math.max(1, batch.rows.byteLength / REQUEST_ROW_BYTES));
    return batch;
  }

  #indexOf(text: string): number {
    const known = this.#indexes.get(text);
    if (known !== undefined) return known;
    assert(this.#strings.length < BATCH_STRINGS_MAX, "batch has too many strings");
    this.#strings.push(text);
    this.#indexes.set(text, this.#strings.length);
    return this.#strings.length;
  }

  #allocate(rows: number): void {
    this.#rows = new Uint8Array(rows * REQUEST_ROW_BYTES);
    this.#words = new Int32Array(this.#rows.buffer);
    this.#view = new DataView(this.#rows.buffer);
  }

  #grow(): void {
    const full = this.#rows;
    this.#allocate((full.byteLength / REQUEST_ROW_BYTES) * 2);
    this.#rows.set(full);
  }
}

/** The same bytes at an address divisible by 4, as the typed-array readers need; copies only if it must. */
export function alignedRows(rows: Uint8Array): Uint8Array {
  // A Buffer's own slice() would be another view of the same bytes.
  return rows.byteOffset % 4 === 0 ? rows : Uint8Array.prototype.slice.call(rows);
}
