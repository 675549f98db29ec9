// What only the SQLite state store can get wrong: crashes of the process, damage to the file, foreign files.
import { randomBytes } from "node:crypto";
import { copyFileSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import * as fc from "fast-check";
import t from "tap";
import { CHUNK_BYTES } from "../../../node/shard/reservation-table.ts";
import { setAsideDatabase } from "../../../node/storage/database.ts";
import { sliceCheckpoint } from "../../../node/storage/checkpoint-slices.ts";
import { SqliteStateStore } from "../../../node/storage/sqlite-state-store.ts";
import { checkpointDelta, issuerRow, tokenRun } from "../../support/checkpoints.ts";
import { childScript } from "../../support/child-script.ts";
import { temporaryDirectory } from "../../support/temporary-directory.ts";

const incarnation = new Uint8Array(16).fill(7);
const openStore = (path: string) => new SqliteStateStore(path, { incarnation, randomBytes });

const chunks = (value: number) =>
  Array.from({ length: 8 }, (_, index) => ({ index, bytes: new Uint8Array(CHUNK_BYTES).fill(value) }));
const delta = (appliedLsn: number, value: number) =>
  checkpointDelta(appliedLsn, {
    issuers: Array.from({ length: 600 }, (_, number) => issuerRow(number, value)),
    reservationChunks: chunks(value),
    tokenRuns: [tokenRun(32_768, appliedLsn - 20_000)],
  });

/** The text of a script that writes the first slices of a second checkpoint and kills itself. */
const killedWriter = (path: string, slices: number): string => `
  import { SqliteStateStore } from "${import.meta.resolve("../../../node/storage/sqlite-state-store.ts")}";
  import { sliceCheckpoint } from "${import.meta.resolve("../../../node/storage/checkpoint-slices.ts")}";
  import { checkpointDelta, issuerRow, tokenRun } from "${import.meta.resolve("../../support/checkpoints.ts")}";
  const store = new SqliteStateStore(${JSON.stringify(path)}, {
    incarnation: new Uint8Array(16).fill(7),
    randomBytes: (count) => new Uint8Array(count),
  });
  const delta = checkpointDelta(200000, {
    issuers: Array.from({ length: 600 }, (_, number) => issuerRow(number, 2)),
    reservationChunks: Array.from({ length: 8 }, (_, index) => ({ index, bytes: new Uint8Array(${CHUNK_BYTES}).fill(2) })),
    tokenRuns: [tokenRun(32768, 180000)],
  });
  let left = ${slices};
  for (const slice of sliceCheckpoint(delta)) {
    if (left-- === 0) break;
    store.writeSlice(slice);
  }
  process.kill(process.pid, "SIGKILL");
`;

t.test("a process killed within a checkpoint leaves the one before it, or all of it", async (t) => {
  const directory = temporaryDirectory(t);
  const total = [...sliceCheckpoint(delta(200_000, 2))].length;
  const kill = async (slices: number): Promise<void> => {
    const path = join(directory, `${slices}.sqlite`);
    const first = openStore(path);
    first.writeCheckpoint(delta(100_000, 1));
    const before = first.loadCheckpoint();
    first.close();
    const end = await childScript(killedWriter(path, slices)).end;
    t.equal(end.signal, "SIGKILL", end.output);
    const second = openStore(path);
    const after = second.loadCheckpoint();
    if (slices < total) t.ok(isDeepStrictEqual(after, before), `killed after ${slices} of ${total} slices`);
    else
      t.match(after, { appliedLsn: 200_000, issuers: { 599: { openCount: 5 } }, tokenRuns: { length: 2 } });
    second.close();
  };
  for (const slices of [1, 3, total - 1, total]) await kill(slices);
});

t.test("damage anywhere in the file is found, or changes nothing", async (t) => {
  const directory = temporaryDirectory(t);
  const path = join(directory, "state.sqlite");
  const store = openStore(path);
  store.writeCheckpoint(
    checkpointDelta(50_000, { ...delta(50_000, 3), reservationChunks: chunks(3).slice(0, 2) }),
  );
  const expected = store.loadCheckpoint();
  store.close();
  const intact = readFileSync(path);
  const damaged = join(directory, "damaged.sqlite");
  const outcomes = new Map<string, number>();
  const holds = (place: number, bits: number): boolean => {
    const bytes = Buffer.from(intact);
    bytes[place] ^= bits;
    writeFileSync(damaged, bytes);
    const outcome = outcomeOf(damaged, expected);
    outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
    return outcome !== "wrong";
  };
  const anywhere = fc.oneof(fc.nat(intact.length - 1), fc.nat(8192));
  fc.assert(fc.property(anywhere, fc.integer({ min: 1, max: 255 }), holds), { numRuns: 300 });
  t.ok((outcomes.get("found") ?? 0) > 100, "most damage was found");
});

/** How opening and loading ended: an error is damage that was found. */
function outcomeOf(path: string, expected: unknown): "unchanged" | "wrong" | "found" {
  let store: SqliteStateStore | undefined;
  try {
    store = openStore(path);
    return isDeepStrictEqual(store.loadCheckpoint(), expected) ? "unchanged" : "wrong";
  } catch {
    return "found";
  } finally {
    store?.close();
  }
}

t.test("a file that is no database is damaged", async (t) => {
  const path = join(temporaryDirectory(t), "state.sqlite");
  writeFileSync(path, Buffer.alloc(100_000, "no database "));
  t.throws(() => openStore(path), { fault: "damaged", message: /state\.sqlite is damaged/ });
});

t.test("a damaged file is set aside with its log, and a new store starts empty", async (t) => {
  const path = join(temporaryDirectory(t), "state.sqlite");
  const end = await childScript(killedWriter(path, Number.POSITIVE_INFINITY)).end;
  t.equal(end.signal, "SIGKILL", end.output);
  t.ok(existsSync(`${path}-wal`), "the killed process left SQLite's log");
  setAsideDatabase(path);
  t.ok(existsSync(`${path}.damaged`));
  t.ok(existsSync(`${path}.damaged-wal`));
  const store = openStore(path);
  t.equal(store.loadCheckpoint(), undefined);
  store.close();
});

t.test("a crash between the two renames of setting aside brings nothing back", async (t) => {
  const path = join(temporaryDirectory(t), "state.sqlite");
  await childScript(killedWriter(path, Number.POSITIVE_INFINITY)).end;
  copyFileSync(`${path}-wal`, `${path}-wal-left`);
  setAsideDatabase(path);
  copyFileSync(`${path}-wal-left`, `${path}-wal`);
  const store = openStore(path);
  t.equal(store.loadCheckpoint(), undefined);
  store.close();
});

t.test("a store of another incarnation is foreign", async (t) => {
  const path = join(temporaryDirectory(t), "state.sqlite");
  openStore(path).close();
  const other = { incarnation: new Uint8Array(16).fill(8), randomBytes };
  t.throws(() => new SqliteStateStore(path, other), { name: "StorageError", fault: "foreign" });
  openStore(path).close();
});
