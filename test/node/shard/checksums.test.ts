import t from "tap";
import { bytesEqual, CHAIN_BYTES, CHAIN_START } from "../../../node/shard/checksums.ts";

t.test("byte strings are equal by content and length", async (t) => {
  const abc = Uint8Array.of(1, 2, 3);
  t.ok(bytesEqual(abc, Buffer.from([1, 2, 3])));
  t.notOk(bytesEqual(abc, Uint8Array.of(1, 2)));
  t.notOk(bytesEqual(abc, Uint8Array.of(1, 2, 4)));
  t.ok(bytesEqual(new Uint8Array(0), new Uint8Array(0)));
});

t.test("a chain begins with zeros", async (t) => {
  t.strictSame([...CHAIN_START], Array(CHAIN_BYTES).fill(0));
});
