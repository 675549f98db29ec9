import { assert, unreachable } from "../../common/assert.ts";
import { bytesEqual } from "../shard/checksums.ts";
import type { Checkpoint, CheckpointDelta, CheckpointHead, CheckpointSlice } from "./checkpoint.ts";
import { sliceCheckpoint } from "./checkpoint-slices.ts";
import { type Database, explained, openDatabase } from "./database.ts";
import { STATE_SCHEMA, STATE_SCHEMA_VERSION } from "./state-schema.ts";
import type { StateStore } from "./state-store.ts";
import { StateTables, words } from "./state-tables.ts";
import { StorageError } from "./storage-error.ts";

/** Hundreds of shards share a process, and a store is read once and then only written. */
const CACHE_KIB = 512;
/** A commit that moves SQLite's log into the file writes about 1 MiB then, and syncs twice. */
const AUTOCHECKPOINT_PAGES = 256;
const TOKEN_HASH_KEY_BYTES = 16;

/** Whose state it is, and what a new store needs. */
export type StateStoreOptions = {
  /** UUID of the shard's life, 16 bytes. */
  readonly incarnation: Uint8Array;
  /** Unpredictable bytes for the token hash key. */
  readonly randomBytes: (count: number) => Uint8Array;
};

/** The derived state of one shard in a SQLite file of its own. */
export class SqliteStateStore implements StateStore {
  readonly tokenHashKey: Uint32Array;
  readonly #path: string;
  readonly #database: Database;
  readonly #tables: StateTables;
  #appliedLsn: number;
  /** Token runs of the checkpoints that ended. */
  #runs: number;
  #writing = false;

  /**
   * Opens the store at a path, or creates it in an existing directory.
   * @throws StorageError locked, damaged, newer-schema, or foreign when it is of another life of the shard
   */
  constructor(path: string, options: StateStoreOptions) {
    this.#path = path;
    this.#database = openDatabase(path, {
      durability: "NORMAL",
      cacheKib: CACHE_KIB,
      autocheckpointPages: AUTOCHECKPOINT_PAGES,
      schema: STATE_SCHEMA,
      schemaVersion: STATE_SCHEMA_VERSION,
    });
    try {
      this.#tables = explained(path, () => new StateTables(this.#database));
      this.tokenHashKey = explained(path, () => this.#identify(options));
      this.#appliedLsn = explained(path, () => this.#tables.head()?.appliedLsn ?? 0);
      this.#runs = this.#tables.runCount();
    } catch (error) {
      this.#database.close();
      throw error;
    }
  }

  get appliedLsn(): number {
    return this.#appliedLsn;
  }

  loadCheckpoint(): Checkpoint | undefined {
    assert(!this.#writing, "a checkpoint is not read while one is written");
    return explained(this.#path, () => {
      const head = this.#tables.head();
      if (head === undefined) return undefined;
      const issuers = this.#tables.issuers();
      return { ...head, issuers, reservationChunks: this.#tables.chunks(), tokenRuns: this.#tables.runs() };
    });
  }

  writeSlice(slice: CheckpointSlice): void {
    if (!this.#writing) this.#database.exec("BEGIN IMMEDIATE");
    this.#writing = true;
    explained(this.#path, () => this.#put(slice));
  }

  writeCheckpoint(delta: CheckpointDelta): void {
    for (const slice of sliceCheckpoint(delta)) this.writeSlice(slice);
  }

  close(): void {
    this.#database.close();
  }

  #put(slice: CheckpointSlice): void {
    switch (slice.type) {
      case "issuers":
        for (const row of slice.rows) this.#tables.putIssuer(row);
        return;
      case "chunks":
        for (const chunk of slice.chunks) this.#tables.putChunk(chunk);
        return;
      case "run":
        this.#tables.putRun(this.#runs + slice.run.ordinal, slice.run);
        return;
      case "run_part":
        this.#tables.putRunPart(this.#runs + slice.part.ordinal, slice.part);
        return;
      case "head":
        this.#end(slice.head);
        return;
      default:
        unreachable(slice);
    }
  }

  #end(head: CheckpointHead): void {
    assert(head.appliedLsn >= this.#appliedLsn, "a checkpoint never goes back");
    this.#tables.putHead(head);
    this.#database.exec("COMMIT");
    this.#writing = false;
    this.#appliedLsn = head.appliedLsn;
    this.#runs = this.#tables.runCount();
  }

  /** The hash key of a store of this incarnation; a new store is given both. */
  #identify({ incarnation, randomBytes }: StateStoreOptions): Uint32Array {
    const found = this.#tables.identity();
    if (found === undefined) {
      const tokenHashKey = words(randomBytes(TOKEN_HASH_KEY_BYTES));
      this.#tables.putIdentity({ incarnation, tokenHashKey });
      return tokenHashKey;
    }
    if (!bytesEqual(found.incarnation, incarnation)) {
      throw new StorageError("foreign", `${this.#path} belongs to another incarnation of its shard`);
    }
    return found.tokenHashKey;
  }
}
