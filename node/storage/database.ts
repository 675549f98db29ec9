import { existsSync, renameSync, rmSync } from "node:fs";
import Database from "better-sqlite3";
import { assert } from "../../common/assert.ts";
import { StorageError, type StorageFault } from "./storage-error.ts";

export type { Database } from "better-sqlite3";

/** Long enough for a process that was just killed to let go of its locks. */
const LOCK_WAIT_MS_MAX = 1000;

/** When a commit is on stable storage: at the next checkpoint of SQLite's own log, or before it returns. */
export type Durability = "NORMAL" | "FULL";

const SYNCHRONOUS_LEVEL: Readonly<Record<Durability, number>> = { NORMAL: 1, FULL: 2 };

export type DatabaseOptions = {
  readonly durability: Durability;
  /** Page cache in KiB. */
  readonly cacheKib: number;
  /** Pages after which a commit moves SQLite's log into the file. */
  readonly autocheckpointPages: number;
  /** Statements that create the tables of `schemaVersion`. */
  readonly schema: string;
  readonly schemaVersion: number;
};

/**
 * Opens, or creates, a database that this process alone may use until it is closed: WAL mode,
 * exclusive lock, the durability asked for (asserted after a write, because builds differ in
 * their defaults).
 * @throws StorageError locked, damaged or newer-schema
 */
export function openDatabase(path: string, options: DatabaseOptions): Database.Database {
  return explained(path, () => {
    const database = new Database(path, { timeout: LOCK_WAIT_MS_MAX });
    try {
      configure(database, options);
      migrate(database, path, options);
    } catch (error) {
      database.close();
      throw error;
    }
    return database;
  });
}

/** Runs work on a database and turns what SQLite says of its file into a {@link StorageError}. */
export function explained<T>(path: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    const fault = faultOf(error);
    if (fault === undefined) throw error;
    const problem = fault === "locked" ? "is in use by another process" : "is damaged";
    throw new StorageError(fault, `${path} ${problem}`, error);
  }
}

/** SQLITE_ERROR too: statements that never change fail only on a schema that is not the one written. */
const DAMAGE = /^SQLITE_(CORRUPT.*|NOTADB|ERROR)$/;

function faultOf(error: unknown): StorageFault | undefined {
  if (!(error instanceof Database.SqliteError)) return undefined;
  if (error.code.startsWith("SQLITE_BUSY")) return "locked";
  return DAMAGE.test(error.code) ? "damaged" : undefined;
}

function configure(database: Database.Database, options: DatabaseOptions): void {
  // The lock mode comes first: then SQLite's log needs no shared memory file.
  database.pragma("locking_mode = EXCLUSIVE");
  assert(database.pragma("journal_mode = WAL", { simple: true }) === "wal", "SQLite runs in WAL mode");
  database.pragma(`synchronous = ${options.durability}`);
  database.pragma(`cache_size = -${options.cacheKib}`);
  database.pragma(`wal_autocheckpoint = ${options.autocheckpointPages}`);
}

/** Creates the tables in a new file; every opening writes, which takes the lock for good. */
function migrate(database: Database.Database, path: string, options: DatabaseOptions): void {
  const { schema, schemaVersion, durability } = options;
  const found = Number(database.pragma("user_version", { simple: true }));
  if (found > schemaVersion) {
    throw new StorageError("newer-schema", `${path} has schema ${found}; this build knows ${schemaVersion}`);
  }
  const write = database.transaction(() => {
    if (found === 0) database.exec(schema);
    database.pragma(`user_version = ${schemaVersion}`);
  });
  write.immediate();
  const level = database.pragma("synchronous", { simple: true });
  assert(level === SYNCHRONOUS_LEVEL[durability], `SQLite kept synchronous = ${durability}`);
}

/**
 * Moves a damaged database out of the way, to `<path>.damaged`, where it can be examined; the one
 * set aside before it is lost. The path is then free for a new database.
 */
export function setAsideDatabase(path: string): void {
  rmSync(`${path}.damaged-wal`, { force: true });
  renameSync(path, `${path}.damaged`);
  // In this order: SQLite ignores the log of a file that is not there, but not a file without its log.
  if (existsSync(`${path}-wal`)) renameSync(`${path}-wal`, `${path}.damaged-wal`);
}
