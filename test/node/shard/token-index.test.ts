import fc from "fast-check";
import t from "tap";
import { TokenIndex, type TokenRun } from "../../../node/shard/token-index.ts";
import { TOKEN_HASH_KEY } from "../../support/shard/frame-author.ts";
import { EPOCH_MS, namedToken } from "../../support/shard/named-tokens.ts";

/** Tokens in one sealed run. */
const RUN_TOKENS = 1 << 17;

/** Cheap distinct tokens: number `i` at a time. */
function numberedToken(i: number, timeMs = EPOCH_MS): Uint8Array {
  const token = TEMPLATE.slice();
  const view = new DataView(token.buffer);
  view.setUint16(0, Math.floor(timeMs / 2 ** 32));
  view.setUint32(2, timeMs % 2 ** 32);
  view.setUint32(12, i);
  return token;
}

const TEMPLATE = namedToken("template");

/** An index beside the "log" its matcher reads: the token and issuer behind each LSN. */
class IndexedLog {
  readonly index: TokenIndex;
  readonly records: { issuer: number; token: Uint8Array }[];
  comparisons = 0;

  constructor(index = new TokenIndex(TOKEN_HASH_KEY), records: IndexedLog["records"] = []) {
    this.index = index;
    this.records = records;
  }

  add(issuer: number, token: Uint8Array): number {
    const lsn = this.records.push({ issuer, token });
    this.index.insert(issuer, token, 0, lsn);
    return lsn;
  }

  find(issuer: number, token: Uint8Array): number {
    const matches = (lsn: number): boolean => {
      this.comparisons++;
      const record = this.records[lsn - 1];
      return record.issuer === issuer && Buffer.compare(record.token, token) === 0;
    };
    return this.index.find(this.index.hash(issuer, token, 0), token, 0, matches);
  }
}

t.test("a token is found under its issuer, and under no other", async (t) => {
  const log = new IndexedLog();
  const token = namedToken("t1");
  t.equal(log.find(1, token), 0);
  const lsn = log.add(1, token);
  t.equal(log.find(1, token), lsn);
  t.equal(log.find(2, token), 0);
  const other = log.add(2, token);
  t.strictSame([log.find(1, token), log.find(2, token)], [lsn, other]);
  t.equal(log.index.count, 2);
});

t.test("tokens are read at their offset", async (t) => {
  const index = new TokenIndex(TOKEN_HASH_KEY);
  const token = namedToken("t1");
  const bytes = new Uint8Array(40);
  bytes.set(token, 11);
  t.equal(index.hash(7, bytes, 11), index.hash(7, token, 0));
  index.insert(7, bytes, 11, 5);
  t.equal(
    index.find(index.hash(7, token, 0), token, 0, () => true),
    5,
  );
});

t.test("equal hashes are told apart by the log", async (t) => {
  const index = new TokenIndex(TOKEN_HASH_KEY);
  const token = namedToken("t1");
  const hash = index.hash(1, token, 0);
  for (const lsn of [1, 2, 3]) index.insert(1, token, 0, lsn);
  for (const lsn of [1, 2, 3])
    t.equal(
      index.find(hash, token, 0, (each) => each === lsn),
      lsn,
    );
  t.equal(
    index.find(hash, token, 0, () => false),
    0,
  );
});

t.test("the hash depends on token, issuer and key, spreads, and is never 0", async (t) => {
  const index = new TokenIndex(TOKEN_HASH_KEY);
  const hashes = new Set<number>();
  for (let i = 0; i < 50_000; i++) hashes.add(index.hash(i % 3, numberedToken(i), 0));
  // With 32 bits, 50 000 random values collide 0.3 times on average.
  t.ok(hashes.size > 49_990, `${hashes.size} different hashes`);
  t.notOk(hashes.has(0));
  const buckets = new Set(Array.from(hashes, (hash) => hash & 0xff));
  t.equal(buckets.size, 256, "low bits spread too");
  const other = new TokenIndex(Uint32Array.of(1, 2, 3, 4));
  t.not(other.hash(0, numberedToken(0), 0), index.hash(0, numberedToken(0), 0));
  t.throws(() => new TokenIndex(new Uint32Array(3)), { name: "InvariantViolation" });
});

t.test("it grows, seals runs, prunes them by time, and is restored from them", async (t) => {
  const log = new IndexedLog();
  const DAY_MS = 86_400_000;
  const total = 2 * RUN_TOKENS + 10;
  // The first run holds day 0, the second day 1, the rest day 2.
  const tokenOf = (i: number) => numberedToken(i, EPOCH_MS + Math.floor(i / RUN_TOKENS) * DAY_MS);
  for (let i = 0; i < RUN_TOKENS + 1; i++) log.add(i % 300, tokenOf(i));
  t.equal(log.index.sealedThroughLsn, RUN_TOKENS);
  const first = log.index.takeSealed();
  t.equal(first.length, 1);
  for (let i = RUN_TOKENS + 1; i < total; i++) log.add(i % 300, tokenOf(i));
  const second = log.index.takeSealed();
  t.strictSame(log.index.takeSealed(), [], "each run is taken once");
  const [run] = first;
  t.strictSame(
    [run.count, run.firstLsn, run.lastLsn, run.timeMsMin, run.timeMsMax],
    [RUN_TOKENS, 1, RUN_TOKENS, EPOCH_MS, EPOCH_MS],
  );
  t.equal(log.index.count, total);

  const sample = [0, 1, RUN_TOKENS - 1, RUN_TOKENS, 2 * RUN_TOKENS - 1, 2 * RUN_TOKENS, total - 1];
  for (const i of sample) t.equal(log.find(i % 300, tokenOf(i)), i + 1, `token ${i}`);
  log.comparisons = 0;
  t.equal(log.find(0, numberedToken(1, EPOCH_MS - DAY_MS)), 0);
  t.equal(log.comparisons, 0, "no run holds tokens of that day");

  const restored = new TokenIndex(TOKEN_HASH_KEY);
  for (const each of [...first, ...second]) restored.restore(structuredClone<TokenRun>(each));
  t.equal(restored.sealedThroughLsn, 2 * RUN_TOKENS);
  t.strictSame(restored.takeSealed(), [], "what came from a checkpoint is not written again");
  const again = new IndexedLog(restored, log.records.slice(0, 2 * RUN_TOKENS));
  for (let i = 2 * RUN_TOKENS; i < total; i++) again.add(i % 300, tokenOf(i));
  for (const i of sample) t.equal(again.find(i % 300, tokenOf(i)), i + 1, `token ${i} after a restore`);
});

t.test("it is a map from (issuer, token) to LSN", async () => {
  const key = fc.record({ issuer: fc.nat(3), name: fc.nat(20), minutes: fc.integer({ min: -5, max: 5 }) });
  fc.assert(
    fc.property(fc.array(key, { maxLength: 200 }), (keys) => {
      const log = new IndexedLog();
      const model = new Map<string, number>();
      return keys.every(({ issuer, name, minutes }) => {
        const token = namedToken(`t${name}`, EPOCH_MS + minutes * 60_000);
        const text = `${issuer}/${name}/${minutes}`;
        const known = model.get(text) ?? 0;
        if (log.find(issuer, token) !== known) return false;
        if (known === 0) model.set(text, log.add(issuer, token));
        return log.find(issuer, token) === model.get(text) && log.index.count === model.size;
      });
    }),
  );
});
