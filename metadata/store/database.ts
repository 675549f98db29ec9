import { mkdirSync } from "node:fs";
import { join } from "node:path";
import Database from "better-sqlite3";
import { assert } from "../../common/assert.ts";
import { APPLICATION_ID, MIGRATIONS } from "./schema.ts";

/** Name of the database inside the data directory. */
const FILE_NAME = "metadata.sqlite";

/** SQLite's number for FULL: a commit returns only after its log was synced. */
const SYNCHRONOUS_FULL = 2;

/** How to open the database. */
export interface DatabaseOptions {
  /** Made when it does not exist; readable by its owner only, because it holds the session key. */
  readonly directory: string;
  /** Milliseconds to wait for the process that has the directory to let go of it. */
  readonly lockWaitMs: number;
}

/**
 * Opens the metadata database, makes it when there is none, and keeps every other process out until
 * it is closed or this process ends.
 * @throws Error when another process has it, or when it is damaged, foreign or of a newer version
 */
export function openDatabase({ directory, lockWaitMs }: DatabaseOptions): Database.Database {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const path = join(directory, FILE_NAME);
  const database = new Database(path, { timeout: lockWaitMs });
  try {
    lock(database);
    checkIntegrity(database);
    migrate(database);
    assertDurable(database);
  } catch (cause) {
    database.close();
    throw new Error(`cannot use ${path}: ${explain(cause)}`, { cause });
  }
  return database;
}

/** Exclusive mode keeps the lock of the first transaction, and needs no file in shared memory. */
function lock(database: Database.Database): void {
  database.pragma("locking_mode = EXCLUSIVE");
  database.pragma("journal_mode = WAL");
  database.pragma("synchronous = FULL");
  database.pragma("foreign_keys = ON");
  database.exec("BEGIN IMMEDIATE; COMMIT");
}

function checkIntegrity(database: Database.Database): void {
  const result = database.pragma("quick_check", { simple: true });
  if (result !== "ok") throw new Error(`it is damaged: ${String(result)}`);
}

function migrate(database: Database.Database): void {
  const applicationId = database.pragma("application_id", { simple: true });
  const version = Number(database.pragma("user_version", { simple: true }));
  if (applicationId !== APPLICATION_ID && (applicationId !== 0 || version !== 0)) {
    throw new Error("it belongs to another program");
  }
  if (version > MIGRATIONS.length) {
    throw new Error(`its schema version ${version} is above ${MIGRATIONS.length}, which this program knows`);
  }
  database.transaction(() => {
    for (const script of MIGRATIONS.slice(version)) database.exec(script);
    database.pragma(`application_id = ${APPLICATION_ID}`);
    database.pragma(`user_version = ${MIGRATIONS.length}`);
  })();
}

/** Settings are asked back after a write: SQLite ignores what it does not understand. */
function assertDurable(database: Database.Database): void {
  const synchronous = database.pragma("synchronous", { simple: true });
  assert(synchronous === SYNCHRONOUS_FULL, "the metadata database syncs every commit");
  assert(database.pragma("journal_mode", { simple: true }) === "wal", "the metadata database is in WAL mode");
}

function explain(cause: unknown): string {
  if (cause instanceof Database.SqliteError && cause.code.startsWith("SQLITE_BUSY")) {
    return "another process uses this data directory";
  }
  return cause instanceof Error ? cause.message : String(cause);
}
