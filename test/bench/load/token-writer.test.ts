import t from "tap";
import { TokenWriter } from "../../../bench/load/token-writer.ts";
import { formatToken, isTokenAt, parseToken, tokenTimeMs } from "../../../common/batch/token.ts";
import { seededRandom } from "../../../common/random.ts";

function tokens(count: number, wallMs: number, seed = 1): string[] {
  const words = new Int32Array(count * 4);
  new TokenWriter(seededRandom(seed)).write(words, 4, wallMs);
  const bytes = new Uint8Array(words.buffer);
  return Array.from({ length: count }, (_, i) => formatToken(bytes, i * 16));
}

t.test("every token is a UUIDv7 of its time", async (t) => {
  for (const wallMs of [Date.UTC(2026, 10, 23, 1, 2, 3, 4), 2 ** 41 - 1, 65_536]) {
    for (const text of tokens(300, wallMs)) {
      const token = parseToken(text);
      if (token === undefined || !isTokenAt(token, 0)) throw new Error(`${text} is no UUIDv7`);
      if (tokenTimeMs(token, 0) !== wallMs) throw new Error(`${text} is not of ${wallMs}`);
    }
  }
  t.pass();
});

t.test("no two are equal, the same seed gives the same ones", async (t) => {
  const some = tokens(20_000, 1_700_000_000_000);
  t.equal(new Set(some).size, some.length);
  t.equal(new Set(some.map((token) => token.slice(19))).size, some.length, "their second halves differ");
  t.same(some.slice(0, 10), tokens(10, 1_700_000_000_000));
  t.notSame(some.slice(0, 10), tokens(10, 1_700_000_000_000, 2));
});

t.test("only the tokens' words are written", async (t) => {
  const words = new Int32Array(12).fill(7);
  new TokenWriter(seededRandom(1)).write(words, 6, 1);
  t.same([...words.subarray(4, 6), ...words.subarray(10)], [7, 7, 7, 7]);
});
