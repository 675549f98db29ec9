import { closeSync, openSync, readdirSync, statSync, writeFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import Database from "better-sqlite3";
import t from "tap";
import { openDatabase } from "../../../metadata/store/database.ts";
import { MIGRATIONS } from "../../../metadata/store/schema.ts";
import { childScript } from "../../support/child-script.ts";
import { temporaryDirectory } from "../../support/temporary-directory.ts";

const LOCK_WAIT_MS = 50;

/** Opens the file that the store would use, bypassing it. */
function raw(directory: string): Database.Database {
  return new Database(join(directory, "metadata.sqlite"));
}

t.test("every commit is synced to the log of the database", async (t) => {
  const database = openDatabase({ directory: temporaryDirectory(t), lockWaitMs: LOCK_WAIT_MS });
  t.teardown(() => database.close());
  t.equal(database.pragma("synchronous", { simple: true }), 2);
  t.equal(database.pragma("journal_mode", { simple: true }), "wal");
  t.equal(database.pragma("foreign_keys", { simple: true }), 1);
  t.equal(database.pragma("user_version", { simple: true }), MIGRATIONS.length);
});

t.test("the directory is made, for its owner only", async (t) => {
  const directory = join(temporaryDirectory(t), "deep", "data");
  openDatabase({ directory, lockWaitMs: LOCK_WAIT_MS }).close();
  t.equal(statSync(directory).mode & 0o077, 0);
  t.strictSame(readdirSync(directory), ["metadata.sqlite"]);
});

t.test("one directory belongs to one opener", async (t) => {
  const directory = temporaryDirectory(t);
  const options = { directory, lockWaitMs: LOCK_WAIT_MS };
  const first = openDatabase(options);
  t.throws(() => openDatabase(options), /another process uses this data directory/);
  first.close();
  openDatabase(options).close();
});

t.test("another process is kept out until the owner is gone, however it went", async (t) => {
  const options = { directory: temporaryDirectory(t), lockWaitMs: LOCK_WAIT_MS };
  const url = new URL("../../../metadata/store/database.ts", import.meta.url).href;
  const owner = childScript(`
    const { openDatabase } = await import(${JSON.stringify(url)});
    globalThis.database = openDatabase(${JSON.stringify(options)});
    console.log("open");
    setInterval(() => {}, 1000);
  `);
  await owner.firstLine;
  t.throws(() => openDatabase(options), /another process/);
  owner.kill("SIGKILL");
  await owner.end;
  openDatabase(options).close();
});

t.test("files of others are left alone", async (t) => {
  const options = { directory: temporaryDirectory(t), lockWaitMs: LOCK_WAIT_MS };
  const foreign = raw(options.directory);
  foreign.pragma("application_id = 7");
  foreign.exec("CREATE TABLE treasure (x)");
  foreign.close();
  t.throws(() => openDatabase(options), /belongs to another program/);
});

t.test("a newer schema is not touched", async (t) => {
  const options = { directory: temporaryDirectory(t), lockWaitMs: LOCK_WAIT_MS };
  openDatabase(options).close();
  const newer = raw(options.directory);
  newer.pragma(`user_version = ${MIGRATIONS.length + 1}`);
  newer.close();
  t.throws(() => openDatabase(options), /schema version \d+ is above/);
});

t.test("a damaged file is not used", async (t) => {
  const options = { directory: temporaryDirectory(t), lockWaitMs: LOCK_WAIT_MS };
  writeFileSync(
    join(options.directory, "metadata.sqlite"),
    "this is no database, and long enough to tell".repeat(99),
  );
  t.throws(() => openDatabase(options), /cannot use .*not a database/);
});

t.test("bit rot inside a table is noticed before anything is served", async (t) => {
  const options = { directory: temporaryDirectory(t), lockWaitMs: LOCK_WAIT_MS };
  const database = openDatabase(options);
  const insert = database.prepare("INSERT INTO issuers VALUES (?, 0, 'madrid', 'EUR', 0)");
  database.transaction(() => {
    for (let i = 0; i < 1000; i++) insert.run(`ISSUER-${i}`);
  })();
  const pageBytes = Number(database.pragma("page_size", { simple: true }));
  const pages = Number(database.pragma("page_count", { simple: true }));
  database.close();
  const file = openSync(join(options.directory, "metadata.sqlite"), "r+");
  writeSync(file, new Uint8Array(pageBytes).fill(0xa5), 0, pageBytes, (pages - 1) * pageBytes);
  closeSync(file);
  t.throws(() => openDatabase(options), /damaged|malformed/);
});
