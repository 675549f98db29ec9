import fc from "fast-check";
import t from "tap";
import { type Expiry, ExpiryQueue } from "../../../node/shard/expiry-queue.ts";

function drain(queue: ExpiryQueue, nowMs: number): Expiry[] {
  const due: Expiry[] = [];
  for (let next = queue.takeDue(nowMs); next !== undefined; next = queue.takeDue(nowMs)) due.push(next);
  return due;
}

function inOrder(entries: readonly Expiry[]): Expiry[] {
  return entries.toSorted((a, b) => a.atMs - b.atMs || a.lsn - b.lsn);
}

const expiries = fc.array(fc.record({ lsn: fc.nat(1000), atMs: fc.nat(50) }, { noNullPrototype: true }), {
  maxLength: 100,
});

t.test("nothing is due before its time", async (t) => {
  const queue = new ExpiryQueue();
  t.equal(queue.takeDue(1000), undefined);
  queue.add(7, 100);
  t.equal(queue.takeDue(99), undefined);
  t.strictSame(queue.takeDue(100), { lsn: 7, atMs: 100 });
  t.equal(queue.size, 0);
});

t.test("what is due comes by time, then by LSN, and the rest stays", async () => {
  fc.assert(
    fc.property(expiries, fc.nat(50), (entries, nowMs) => {
      const queue = new ExpiryQueue();
      for (const { lsn, atMs } of entries) queue.add(lsn, atMs);
      const due = inOrder(entries.filter(({ atMs }) => atMs <= nowMs));
      const isDue = JSON.stringify(drain(queue, nowMs)) === JSON.stringify(due);
      return isDue && queue.size === entries.length - due.length;
    }),
  );
});

t.test("a sweep drops what is not wanted and keeps the order", async () => {
  fc.assert(
    fc.property(expiries, expiries, (before, after) => {
      const isEven = (lsn: number): boolean => lsn % 2 === 0;
      const queue = new ExpiryQueue();
      for (const { lsn, atMs } of before) queue.add(lsn, atMs);
      queue.sweep(isEven);
      for (const { lsn, atMs } of after) queue.add(lsn, atMs);
      const kept = inOrder([...before.filter(({ lsn }) => isEven(lsn)), ...after]);
      return JSON.stringify(drain(queue, 50)) === JSON.stringify(kept);
    }),
  );
});
