import t from "tap";
import { ReserveLoad } from "../../../bench/load/reserve-load.ts";
import { Kind } from "../../../common/batch/kinds.ts";
import {
  type MutationBatch,
  batchRowCount,
  batchString,
  RequestRow,
} from "../../../common/batch/mutation-batch.ts";
import { formatToken, isTokenAt } from "../../../common/batch/token.ts";
import { ManualTime } from "../../support/manual-time.ts";

const flags = { seed: 1, issuers: "uniform", issuerCount: 50 } as const;
const tokensOf = ({ rows }: MutationBatch): string[] =>
  Array.from({ length: rows.byteLength / 64 }, (_, row) => formatToken(rows, row * 64));

t.test("a batch says what its rows ask for", async (t) => {
  const load = new ReserveLoad(flags, new ManualTime());
  const { batch, issuers, amountsMinor } = load.pool(100, 2).take();
  t.equal(batchRowCount(batch), 100);
  const view = new DataView(batch.rows.buffer, batch.rows.byteOffset);
  for (let row = 0; row < 100; row++) {
    const at = row * 64;
    const issuerId = batchString(batch, view.getUint16(at + RequestRow.ISSUER, true));
    const wanted = load.issuers[issuers[row]]?.issuerId;
    const amountMinor = Number(view.getBigInt64(at + RequestRow.AMOUNT_MINOR, true));
    if (issuerId !== wanted || amountMinor !== amountsMinor[row])
      throw new Error(`row ${row} asks for something else`);
    if (batch.rows[at + RequestRow.KIND] !== Kind.RESERVE || !isTokenAt(batch.rows, at))
      throw new Error(`row ${row}`);
  }
});

t.test("batches come back under fresh tokens, all in turn", async (t) => {
  const pool = new ReserveLoad(flags, new ManualTime()).pool(8192, 2);
  const [first, second] = [pool.take(), pool.take()];
  const tokens = new Set(tokensOf(first.batch));
  t.notSame(first.amountsMinor, second.amountsMinor);
  t.throws(() => pool.take(), /no more batches are out/);
  pool.give(first);
  const again = pool.take();
  t.equal(again, first);
  t.notOk(tokensOf(again.batch).some((token) => tokens.has(token)));
  for (let turn = 0; turn < 10; turn++) {
    pool.give(again);
    t.equal(pool.take(), again);
  }
});

t.test("small batches are many, so that a load spreads over the issuers", async (t) => {
  const pool = new ReserveLoad(flags, new ManualTime()).pool(1, 1);
  const seen = new Set(Array.from({ length: 1000 }, () => pool.take().issuers[0]));
  t.equal(seen.size, 50);
});

t.test("the same seed asks for the same", async (t) => {
  const take = (seed: number) => new ReserveLoad({ ...flags, seed }, new ManualTime()).pool(64, 1).take();
  t.same(take(1).batch.rows, take(1).batch.rows);
  t.notSame(take(1).amountsMinor, take(2).amountsMinor);
});
