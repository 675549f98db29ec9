import t from "tap";
import { Backoff } from "../../common/backoff.ts";
import type { Random } from "../../common/random.ts";

function drawing(fraction: number): Random {
  return { fraction: () => fraction, integer: (min) => min, bytes: (length) => new Uint8Array(length) };
}

t.test("pauses double up to the bound, half of each is jitter", async (t) => {
  const shortest = new Backoff({ minMs: 100, maxMs: 500 }, drawing(0));
  t.same([shortest.nextMs(), shortest.nextMs(), shortest.nextMs(), shortest.nextMs()], [50, 100, 200, 250]);
  const longest = new Backoff({ minMs: 100, maxMs: 500 }, drawing(1));
  t.same([longest.nextMs(), longest.nextMs(), longest.nextMs(), longest.nextMs()], [100, 200, 400, 500]);
});

t.test("a success makes the next pause short again", async (t) => {
  const backoff = new Backoff({ minMs: 100, maxMs: 500 }, drawing(1));
  backoff.nextMs();
  backoff.nextMs();
  backoff.reset();
  t.equal(backoff.nextMs(), 100);
});

t.test("bounds that are none are a mistake", async (t) => {
  t.throws(() => new Backoff({ minMs: 0, maxMs: 500 }, drawing(0)));
  t.throws(() => new Backoff({ minMs: 600, maxMs: 500 }, drawing(0)));
});
