import type { LineageEntry } from "../shard/configuration.ts";
import type { IssuerRow } from "../shard/issuer-table.ts";
import type { TokenRun } from "../shard/token-index.ts";
import { CheckedTable } from "./checked-table.ts";
import type { CheckpointHead, ReservationChunk, TokenRunHead, TokenRunPart } from "./checkpoint.ts";
import { SLOTS_PER_PART } from "./checkpoint-slices.ts";
import type { Database } from "./database.ts";
import { StorageError } from "./storage-error.ts";

/** What never changes in a store. */
export type StateIdentity = { readonly incarnation: Uint8Array; readonly tokenHashKey: Uint32Array };

/** The only id of a table with one row. */
const ONLY = 1;

/** Rows of the state schema as the shapes of a checkpoint. Transactions are the caller's. */
export class StateTables {
  readonly #database: Database;
  readonly #identity: CheckedTable<[number, Uint8Array, Uint8Array]>;
  readonly #head: CheckedTable<[number, number, Uint8Array, number]>;
  readonly #lineage: CheckedTable<[number, number]>;
  readonly #issuers: CheckedTable<[number, string, string, number, number, number, number, number, number]>;
  readonly #chunks: CheckedTable<[number, Uint8Array]>;
  readonly #runs: CheckedTable<[number, number, number, number, number, number, number]>;
  readonly #parts: CheckedTable<[number, number, Uint8Array, Uint8Array]>;

  constructor(database: Database) {
    this.#database = database;
    this.#identity = new CheckedTable(database, "identity", 3);
    this.#head = new CheckedTable(database, "head", 4);
    this.#lineage = new CheckedTable(database, "lineage", 2);
    this.#issuers = new CheckedTable(database, "issuer", 9);
    this.#chunks = new CheckedTable(database, "reservation_chunk", 2);
    this.#runs = new CheckedTable(database, "token_run", 7);
    this.#parts = new CheckedTable(database, "token_run_part", 4);
  }

  identity(): StateIdentity | undefined {
    const row = this.#identity.row();
    return row === undefined ? undefined : { incarnation: row[1], tokenHashKey: words(row[2]) };
  }

  putIdentity({ incarnation, tokenHashKey }: StateIdentity): void {
    this.#identity.put([ONLY, incarnation, bytesOf(tokenHashKey)]);
  }

  head(): CheckpointHead | undefined {
    const row = this.#head.row();
    if (row === undefined) return undefined;
    const [, appliedLsn, appliedChain, generation] = row;
    return { appliedLsn, appliedChain, generation, lineage: this.#lineageEntries() };
  }

  putHead({ appliedLsn, appliedChain, generation, lineage }: CheckpointHead): void {
    this.#head.put([ONLY, appliedLsn, appliedChain, generation]);
    this.#lineage.clear();
    for (const entry of lineage) this.#lineage.put([entry.generation, entry.startLsn]);
  }

  issuers(): IssuerRow[] {
    const issuers: IssuerRow[] = [];
    for (const row of this.#issuers.rows("number")) {
      const [number, issuerId, currency, registeredLsn, limitMinor, exposureMinor, lastLsn, ...counts] = row;
      const [openCount, settledCount] = counts;
      this.#verify(number === issuers.length, "issuer", number);
      const position = { number, issuerId, currency, registeredLsn, limitMinor, exposureMinor, lastLsn };
      issuers.push({ ...position, openCount, settledCount });
    }
    return issuers;
  }

  putIssuer(row: IssuerRow): void {
    const { number, issuerId, currency, registeredLsn, limitMinor, exposureMinor, lastLsn } = row;
    const ledger = [
      registeredLsn,
      limitMinor,
      exposureMinor,
      lastLsn,
      row.openCount,
      row.settledCount,
    ] as const;
    this.#issuers.put([number, issuerId, currency, ...ledger]);
  }

  chunks(): ReservationChunk[] {
    return Array.from(this.#chunks.rows("chunk_index"), ([index, bytes]) => ({ index, bytes }));
  }

  putChunk({ index, bytes }: ReservationChunk): void {
    this.#chunks.put([index, bytes]);
  }

  runCount(): number {
    return Number(this.#database.prepare("SELECT count(*) FROM token_run").pluck().get());
  }

  /** Sealed runs in their order; a run whose slots are not all there is damage. */
  runs(): TokenRun[] {
    const runs: TokenRun[] = [];
    for (const [number, slots, count, timeMsMin, timeMsMax, firstLsn, lastLsn] of this.#runs.rows("number")) {
      this.#verify(number === runs.length, "token_run", number);
      const columns = { fingerprints: new Uint32Array(slots), lsns: new Float64Array(slots) };
      runs.push({ ...columns, count, timeMsMin, timeMsMax, firstLsn, lastLsn });
    }
    const partCount = this.#fill(runs);
    const wanted = runs.reduce((sum, run) => sum + Math.ceil(run.fingerprints.length / SLOTS_PER_PART), 0);
    this.#verify(partCount === wanted, "token_run_part", partCount);
    return runs;
  }

  putRun(number: number, { slots, count, timeMsMin, timeMsMax, firstLsn, lastLsn }: TokenRunHead): void {
    this.#runs.put([number, slots, count, timeMsMin, timeMsMax, firstLsn, lastLsn]);
  }

  putRunPart(number: number, { firstSlot, fingerprints, lsns }: TokenRunPart): void {
    this.#parts.put([number, firstSlot, bytesOf(fingerprints), bytesOf(lsns)]);
  }

  /** Fills the runs' slots from their parts and returns how many there were. */
  #fill(runs: readonly TokenRun[]): number {
    let parts = 0;
    for (const [number, firstSlot, fingerprints, lsns] of this.#parts.rows("run, first_slot")) {
      const run = runs[number];
      this.#verify(run !== undefined, "token_run_part", number);
      bytesOf(run.fingerprints).set(fingerprints, firstSlot * Uint32Array.BYTES_PER_ELEMENT);
      bytesOf(run.lsns).set(lsns, firstSlot * Float64Array.BYTES_PER_ELEMENT);
      parts++;
    }
    return parts;
  }

  #lineageEntries(): LineageEntry[] {
    return Array.from(this.#lineage.rows("generation"), ([generation, startLsn]) => ({
      generation,
      startLsn,
    }));
  }

  #verify(holds: boolean, table: string, row: number): asserts holds {
    if (!holds)
      throw new StorageError("damaged", `${this.#database.name}: ${table} misses a row before ${row}`);
  }
}

function bytesOf(array: Uint32Array | Float64Array): Uint8Array {
  return new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
}

/** The words in a copy of some bytes. Little-endian in the file, like every platform Node runs on. */
export function words(bytes: Uint8Array): Uint32Array {
  return new Uint32Array(new Uint8Array(bytes).buffer);
}
