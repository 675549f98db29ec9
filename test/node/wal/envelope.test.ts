import t from "tap";
import { nodeChecksums } from "../../../node/wal/checksums.ts";
import { ENVELOPE_BYTES, readEnvelope, writeEnvelope } from "../../../node/wal/envelope.ts";

const SEGMENT_ID = Uint8Array.from({ length: 16 }, (_, i) => 0xa0 + i);
const FIELDS = { frameLength: 0x1234, syncedLsn: 2 ** 40 + 7 };

function written(fields = FIELDS): Uint8Array {
  const bytes = new Uint8Array(ENVELOPE_BYTES).fill(0xff);
  writeEnvelope(bytes, SEGMENT_ID, fields, nodeChecksums);
  return bytes;
}

t.test("the bytes are those of the format page", async (t) => {
  const expected =
    "48504531" +
    "34120000" +
    "a0a1a2a3a4a5a6a7a8a9aaabacadaeaf" +
    "0700000000010000" +
    "59b3f0e2" +
    "00000000";
  t.equal(Buffer.from(written()).toString("hex"), expected);
});

t.test("an envelope reads back, at any place", async (t) => {
  const bytes = new Uint8Array(100);
  bytes.set(written(), 13);
  t.strictSame(readEnvelope(bytes.subarray(13), SEGMENT_ID, nodeChecksums), FIELDS);
  t.strictSame(readEnvelope(written({ frameLength: 0, syncedLsn: 0 }), SEGMENT_ID, nodeChecksums), {
    frameLength: 0,
    syncedLsn: 0,
  });
});

t.test("no flipped bit goes unseen", async (t) => {
  for (let bit = 0; bit < ENVELOPE_BYTES * 8; bit++) {
    const bytes = written();
    bytes[bit >> 3] ^= 1 << (bit & 7);
    if (readEnvelope(bytes, SEGMENT_ID, nodeChecksums) !== undefined) t.fail(`bit ${bit}`);
  }
  t.pass("every bit");
});

t.test("what is short, empty or of another segment is no envelope", async (t) => {
  t.equal(readEnvelope(written().subarray(0, 39), SEGMENT_ID, nodeChecksums), undefined);
  t.equal(readEnvelope(new Uint8Array(64), SEGMENT_ID, nodeChecksums), undefined);
  t.equal(
    readEnvelope(
      written(),
      SEGMENT_ID.map((byte) => byte + 1),
      nodeChecksums,
    ),
    undefined,
  );
});
