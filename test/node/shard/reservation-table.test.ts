import fc from "fast-check";
import t from "tap";
import { CHUNK_BYTES, CHUNK_LSNS, ReservationTable, State } from "../../../node/shard/reservation-table.ts";

/** Every reservation as [lsn, state, latestLsn]. */
function entries(table: ReservationTable): number[][] {
  const found: number[][] = [];
  table.forEach((lsn, state, latestLsn) => found.push([lsn, state, latestLsn]));
  return found;
}

function expiring(table: ReservationTable): number[] {
  const found: number[] = [];
  table.forEachExpiring((lsn) => found.push(lsn));
  return found;
}

function restored(chunks: readonly { index: number; bytes: Uint8Array }[]): ReservationTable {
  const table = new ReservationTable();
  for (const { index, bytes } of chunks) table.restore(index, bytes);
  return table;
}

t.test("what was never opened is no reservation", async (t) => {
  const table = new ReservationTable();
  t.equal(table.state(5), State.NONE);
  t.equal(table.latestLsn(5), 5);
  table.open(6, false);
  t.equal(table.state(5), State.NONE, "not in a chunk that exists either");
});

t.test("state and last change are kept by the LSN of the creating record", async (t) => {
  const table = new ReservationTable();
  const far = 3 * CHUNK_LSNS;
  for (const lsn of [1, CHUNK_LSNS - 1, CHUNK_LSNS, far]) table.open(lsn, false);
  table.change(CHUNK_LSNS - 1, State.OPEN, far + 1);
  table.change(CHUNK_LSNS - 1, State.SETTLED, far + 2);
  t.strictSame(entries(table), [
    [1, State.OPEN, 1],
    [CHUNK_LSNS - 1, State.SETTLED, far + 2],
    [CHUNK_LSNS, State.OPEN, CHUNK_LSNS],
    [far, State.OPEN, far],
  ]);
});

t.test("LSNs beyond 32 bits work", async (t) => {
  const table = new ReservationTable();
  const lsn = 2 ** 40 + 3;
  table.open(lsn, true);
  table.change(lsn, State.RELEASED, lsn + 2 ** 31);
  t.strictSame(entries(table), [[lsn, State.RELEASED, lsn + 2 ** 31]]);
});

t.test("open reservations with a time to live are found, others are not", async (t) => {
  const table = new ReservationTable();
  for (const lsn of [1, 2, 3, 4, 5]) table.open(lsn, lsn !== 2);
  table.change(3, State.OPEN, 10);
  table.change(4, State.SETTLED, 11);
  table.change(5, State.EXPIRED, 12);
  t.strictSame(expiring(table), [1, 3]);
});

t.test("a checkpoint takes copies of the chunks that changed", async (t) => {
  const table = new ReservationTable();
  table.open(1, false);
  table.open(CHUNK_LSNS, false);
  const first = table.takeDirty();
  t.strictSame(
    first.map(({ index, bytes }) => [index, bytes.byteLength]),
    [
      [0, CHUNK_BYTES],
      [1, CHUNK_BYTES],
    ],
  );
  t.strictSame(table.takeDirty(), []);
  table.change(1, State.RELEASED, 9);
  t.strictSame(
    table.takeDirty().map(({ index }) => index),
    [0],
  );
  t.equal(restored(first).state(1), State.OPEN, "what was taken does not change any more");
});

t.test("a chunk restored from a Buffer is not shared with later checkpoints", async (t) => {
  const table = new ReservationTable();
  table.open(1, true);
  const [{ index, bytes }] = table.takeDirty();
  for (const padding of [0, 1, 4]) {
    const stored = Buffer.concat([Buffer.alloc(padding), bytes]).subarray(padding);
    const copy = restored([{ index, bytes: stored }]);
    copy.change(1, State.OPEN, 2);
    const [taken] = copy.takeDirty();
    copy.change(1, State.SETTLED, 3);
    t.equal(restored([taken]).state(1), State.OPEN, `at offset ${padding}`);
  }
});

t.test("saved and restored in pieces it is the same table", async () => {
  const operation = fc.record({
    lsn: fc.integer({ min: 1, max: 4 * CHUNK_LSNS }),
    state: fc.constantFrom(State.OPEN, State.RELEASED, State.SETTLED, State.EXPIRED),
    distance: fc.nat(1000),
    hasTtl: fc.boolean(),
    saves: fc.boolean(),
  });
  fc.assert(
    fc.property(fc.array(operation, { maxLength: 60 }), (operations) => {
      const table = new ReservationTable();
      const saved = new Map<number, Uint8Array>();
      const save = () => {
        for (const { index, bytes } of table.takeDirty()) saved.set(index, bytes);
      };
      for (const { lsn, state, distance, hasTtl, saves } of operations) {
        if (table.state(lsn) === State.NONE) table.open(lsn, hasTtl);
        else table.change(lsn, state, lsn + distance);
        if (saves) save();
      }
      save();
      const copy = restored(Array.from(saved, ([index, bytes]) => ({ index, bytes })));
      return (
        JSON.stringify(entries(copy)) === JSON.stringify(entries(table)) &&
        JSON.stringify(expiring(copy)) === JSON.stringify(expiring(table)) &&
        copy.takeDirty().length === 0
      );
    }),
    { numRuns: 25 },
  );
});
