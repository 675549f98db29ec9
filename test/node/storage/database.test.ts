// Opening: durability as asked, one process at a time, no newer schema.
import { join } from "node:path";
import t from "tap";
import { type DatabaseOptions, openDatabase } from "../../../node/storage/database.ts";
import { childScript } from "../../support/child-script.ts";
import { temporaryDirectory } from "../../support/temporary-directory.ts";

const options: DatabaseOptions = {
  durability: "FULL",
  cacheKib: 64,
  autocheckpointPages: 10,
  schema: "CREATE TABLE thing (id INTEGER PRIMARY KEY) STRICT",
  schemaVersion: 2,
};

t.test("a database has the durability it was opened with", async (t) => {
  const directory = temporaryDirectory(t);
  for (const [durability, level] of [
    ["NORMAL", 1],
    ["FULL", 2],
  ] as const) {
    const database = openDatabase(join(directory, durability), { ...options, durability });
    database.exec("INSERT INTO thing VALUES (1)");
    t.equal(database.pragma("synchronous", { simple: true }), level);
    t.equal(database.pragma("journal_mode", { simple: true }), "wal");
    database.close();
  }
});

t.test("tables are created once", async (t) => {
  const path = join(temporaryDirectory(t), "a.sqlite");
  const first = openDatabase(path, options);
  first.exec("INSERT INTO thing VALUES (5)");
  first.close();
  const second = openDatabase(path, options);
  t.strictSame(second.prepare("SELECT id FROM thing").all(), [{ id: 5 }]);
  second.close();
});

t.test("a newer schema is refused and left alone", async (t) => {
  const path = join(temporaryDirectory(t), "a.sqlite");
  openDatabase(path, { ...options, schemaVersion: 3 }).close();
  t.throws(() => openDatabase(path, options), { fault: "newer-schema", message: /has schema 3; .* knows 2/ });
  openDatabase(path, { ...options, schemaVersion: 3 }).close();
});

t.test("a second process is refused until the first one ends, however it ends", async (t) => {
  const path = join(temporaryDirectory(t), "a.sqlite");
  const holder = childScript(`
    import { openDatabase } from "${import.meta.resolve("../../../node/storage/database.ts")}";
    globalThis.database = openDatabase(${JSON.stringify(path)}, ${JSON.stringify(options)});
    console.log("open");
    setInterval(() => {}, 1000);
  `);
  t.equal(await holder.firstLine, "open");
  t.throws(() => openDatabase(path, options), { fault: "locked", message: /is in use by another process/ });
  holder.kill("SIGKILL");
  t.equal((await holder.end).signal, "SIGKILL");
  openDatabase(path, options).close();
});
