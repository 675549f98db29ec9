import { createHmac } from "node:crypto";
import * as fc from "fast-check";
import t from "tap";
import { peekSessionPosition, SessionTokenSigner } from "../../../common/tokens/session-token.ts";

const key = new Uint8Array(32).fill(7);
const signer = new SessionTokenSigner(key);
const invalid = { name: "StoreError", reason: "SESSION_TOKEN_INVALID" };

const positions = fc.record({
  shardId: fc.nat({ max: 0xffff_ffff }),
  generation: fc.maxSafeNat(),
  lsn: fc.maxSafeNat(),
});

t.test("a token comes back as the write it stands for", async (t) => {
  fc.assert(
    fc.property(positions, (position) => {
      t.same(signer.verify(signer.sign(position)), position);
      t.same(peekSessionPosition(signer.sign(position)), position);
    }),
    { numRuns: 50 },
  );
});

t.test("the format is the documented one", async (t) => {
  const bytes = Buffer.from(signer.sign({ shardId: 5, generation: 1, lsn: 300 }), "base64url");
  const body = Uint8Array.of(1, 5, 1, 0xac, 0x02);
  const tag = createHmac("sha256", key).update(body).digest().subarray(0, 16);
  t.same(bytes, Buffer.concat([body, tag]));
});

t.test("any changed bit is noticed", async (t) => {
  const bytes = Buffer.from(signer.sign({ shardId: 5, generation: 2, lsn: 12_345 }), "base64url");
  for (let bit = 0; bit < bytes.length * 8; bit++) {
    const forged = Buffer.from(bytes);
    forged[bit >> 3] = (forged[bit >> 3] ?? 0) ^ (1 << (bit & 7));
    t.throws(() => signer.verify(forged.toString("base64url")), invalid);
  }
});

t.test("tokens of another cluster, other texts and other spellings are refused", async (t) => {
  const token = signer.sign({ shardId: 5, generation: 2, lsn: 12_345 });
  const foreign = new SessionTokenSigner(new Uint8Array(32).fill(8));
  for (const text of [
    foreign.sign({ shardId: 5, generation: 2, lsn: 12_345 }),
    "",
    "x",
    "AAAA",
    `${token}=`,
    ` ${token}`,
    token.slice(1),
    "A".repeat(1_000_000),
  ]) {
    t.throws(() => signer.verify(text), invalid, text.slice(0, 40));
  }
});

t.test("a look without the key still refuses what cannot be a token", async (t) => {
  for (const text of ["", "x", "A".repeat(40), "A".repeat(200)])
    t.throws(() => peekSessionPosition(text), invalid);
});

t.test("a signed token of another version is not read as this one", async (t) => {
  const body = Uint8Array.of(2, 5, 1, 9);
  const tag = createHmac("sha256", key).update(body).digest().subarray(0, 16);
  t.throws(() => signer.verify(Buffer.concat([body, tag]).toString("base64url")), invalid);
});

t.test("a key of another length is a mistake", async (t) => {
  t.throws(() => new SessionTokenSigner(new Uint8Array(16)));
});
