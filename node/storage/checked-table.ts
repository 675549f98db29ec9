import { crc32 } from "node:zlib";
import type { Database } from "./database.ts";
import { StorageError } from "./storage-error.ts";

/** What a column can hold; integers are exact up to 2^53 − 1. */
export type Column = number | string | Uint8Array;

/**
 * A table whose last column is the CRC-32 of the others: SQLite notices damage to its structure,
 * this notices damage to the contents.
 */
export class CheckedTable<Row extends readonly Column[]> {
  readonly #database: Database;
  readonly #name: string;
  readonly #write: (row: readonly Column[]) => void;

  /** @param columns number of columns of a row, in the order of the schema, without the checksum */
  constructor(database: Database, name: string, columns: Row["length"]) {
    const places = Array.from({ length: columns + 1 }, () => "?").join(", ");
    const statement = database.prepare(`INSERT OR REPLACE INTO ${name} VALUES (${places})`);
    this.#database = database;
    this.#name = name;
    this.#write = (row) => void statement.run(...row);
  }

  /** Adds a row, or replaces the one with its primary key. */
  put(row: Row): void {
    this.#write([...row, checksumOf(row)]);
  }

  clear(): void {
    this.#database.exec(`DELETE FROM ${this.#name}`);
  }

  /**
   * Verified rows in the order of an expression.
   * @throws StorageError damaged
   */
  *rows(orderBy: string): Generator<Row> {
    const select = this.#database.prepare<[], Column[]>(`SELECT * FROM ${this.#name} ORDER BY ${orderBy}`);
    for (const row of select.raw().iterate()) {
      const checksum = row.pop();
      if (checksum !== checksumOf(row)) {
        throw new StorageError("damaged", `${this.#database.name}: a row of ${this.#name} is damaged`);
      }
      yield row.map(plain) as unknown as Row;
    }
  }

  /** The only row, if there is one. */
  row(): Row | undefined {
    for (const row of this.rows("1")) return row;
    return undefined;
  }
}

/** SQLite hands out Buffers, whose `slice` is not that of a Uint8Array. */
function plain(value: Column): Column {
  if (!(value instanceof Uint8Array)) return value;
  return new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
}

/** Scalars as text with a separator, so that neighbours cannot trade digits; bytes as they are. */
function checksumOf(row: readonly Column[]): number {
  let checksum = 0;
  for (const value of row) {
    checksum = crc32(value instanceof Uint8Array ? value : `${value}\u0000`, checksum);
  }
  return checksum;
}
