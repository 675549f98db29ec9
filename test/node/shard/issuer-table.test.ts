import t from "tap";
import { type IssuerRow, IssuerTable } from "../../../node/shard/issuer-table.ts";

function filled(count: number): IssuerTable {
  const table = new IssuerTable();
  for (let number = 0; number < count; number++) {
    table.register(number, `MUNI-${number}`, number % 2 === 0 ? "EUR" : "USD", number + 1);
    table.advance(number, number + 1, 0, 1000 + number);
  }
  return table;
}

t.test("an issuer is found by its name and holds what its records say", async (t) => {
  const table = filled(3);
  t.equal(table.count, 3);
  t.equal(table.numberOf("MUNI-1"), 1);
  t.equal(table.numberOf("MUNI-3"), -1);
  table.advance(1, 9, 250, 800);
  table.countOpen(1, 1);
  table.countOpen(1, 1);
  table.countOpen(1, -1);
  table.countSettled(1);
  const row: IssuerRow = {
    number: 1,
    issuerId: "MUNI-1",
    currency: "USD",
    registeredLsn: 2,
    limitMinor: 800,
    exposureMinor: 250,
    lastLsn: 9,
    openCount: 1,
    settledCount: 1,
  };
  t.strictSame(table.row(1), row);
  const columns = [table.currency(1), table.registeredLsn(1), table.limitMinor(1), table.exposureMinor(1)];
  t.strictSame(columns, ["USD", 2, 800, 250]);
  t.strictSame([table.lastLsn(1), table.openCount(1), table.settledCount(1)], [9, 1, 1]);
});

t.test("it grows, and every row keeps its columns", async (t) => {
  const table = filled(100);
  for (const number of [0, 15, 16, 31, 32, 99]) {
    t.strictSame([table.issuerId(number), table.limitMinor(number)], [`MUNI-${number}`, 1000 + number]);
  }
});

t.test("numbers are dense and names are unique", async (t) => {
  const table = filled(1);
  t.throws(() => table.register(2, "MUNI-2", "EUR", 5), { message: "issuer numbers are dense" });
  t.throws(() => table.register(1, "MUNI-0", "EUR", 5), { message: "issuer registered twice" });
});

t.test("a checkpoint takes what changed since the last one", async (t) => {
  const table = filled(20);
  t.strictSame(
    table.takeDirty().map((row) => row.number),
    [...Array(20).keys()],
  );
  t.strictSame(table.takeDirty(), []);
  table.advance(17, 30, 5, 1000);
  table.advance(3, 31, 5, 1000);
  t.strictSame(table.takeDirty(), [table.row(3), table.row(17)]);
});

t.test("a restored table equals the one that was saved, and owes the next checkpoint nothing", async (t) => {
  const table = filled(40);
  table.advance(7, 50, 11, 12);
  table.countOpen(7, 1);
  table.countSettled(8);
  const rows = table.takeDirty();
  const restored = new IssuerTable();
  for (const row of rows) restored.restore(row);
  t.strictSame(
    rows.map((row) => restored.row(row.number)),
    rows,
  );
  t.equal(restored.numberOf("MUNI-7"), 7);
  t.strictSame(restored.takeDirty(), []);
});
