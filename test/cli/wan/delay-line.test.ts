import t from "tap";
import { DelayLine } from "../../../cli/wan/delay-line.ts";

const shape = { delayMs: 45, bandwidthBytesPerSecond: Number.POSITIVE_INFINITY };
const piece = (size: number): Uint8Array => new Uint8Array(size);

t.test("a piece arrives after the delay, not before", async (t) => {
  const line = new DelayLine();
  line.push(piece(3), 100, shape);
  t.equal(line.nextDueMs, 145);
  t.equal(line.take(144.9), undefined);
  t.equal(line.take(145)?.bytes?.byteLength, 3);
  t.equal(line.nextDueMs, undefined);
});

t.test("bandwidth spaces the pieces", async (t) => {
  const line = new DelayLine();
  const narrow = { delayMs: 10, bandwidthBytesPerSecond: 1000 };
  line.push(piece(100), 0, narrow);
  line.push(piece(100), 0, narrow);
  t.equal(line.take(110)?.dueMs, 110);
  t.equal(line.nextDueMs, 210);
});

t.test("a shortened delay does not let later bytes overtake", async (t) => {
  const line = new DelayLine();
  line.push(piece(1), 0, shape);
  line.push(piece(2), 1, { ...shape, delayMs: 0 });
  t.equal(line.take(44), undefined);
  t.equal(line.take(45)?.bytes?.byteLength, 1);
  t.equal(line.take(45)?.bytes?.byteLength, 2);
});

t.test("held bytes are what is inside, and the end of the stream keeps its place", async (t) => {
  const line = new DelayLine();
  for (let i = 0; i < 3000; i++) line.push(piece(2), i, shape);
  line.push(undefined, 3000, shape);
  t.equal(line.heldBytes, 6000);
  const dues = Array.from({ length: 3000 }, () => line.take(1e9)?.dueMs);
  t.same(
    dues,
    Array.from({ length: 3000 }, (_, i) => i + 45),
  );
  t.equal(line.heldBytes, 0);
  t.equal(line.take(1e9)?.bytes, undefined);
  t.equal(line.nextDueMs, undefined);
});
