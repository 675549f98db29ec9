import t from "tap";
import { nodeChecksums } from "../../../node/wal/checksums.ts";

const text = (value: string) => new TextEncoder().encode(value);
const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex");

t.test("CRC-32 is the one of IEEE 802.3", async (t) => {
  t.equal(nodeChecksums.crc32(text("123456789")), 0xcbf43926);
});

t.test("SHA-256 is of both parts, wherever they lie", async (t) => {
  const abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
  t.equal(hex(nodeChecksums.sha256(text("a"), text("bc"))), abc, "apart");
  const whole = text("-abc-");
  t.equal(hex(nodeChecksums.sha256(whole.subarray(1, 2), whole.subarray(2, 4))), abc, "one behind the other");
  t.not(hex(nodeChecksums.sha256(whole.subarray(2, 4), whole.subarray(1, 2))), abc, "in their order");
});

t.test("a digest is bytes of its own", async (t) => {
  const digest = nodeChecksums.sha256(text("a"), text("b"));
  t.equal(digest.constructor, Uint8Array);
  t.equal(digest.byteLength, 32);
});
