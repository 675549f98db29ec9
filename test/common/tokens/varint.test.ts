import * as fc from "fast-check";
import t from "tap";
import { readVarint, VARINT_BYTES_MAX, writeVarint } from "../../../common/tokens/varint.ts";

t.test("every safe integer comes back and takes no more than its bytes", async () => {
  fc.assert(
    fc.property(fc.maxSafeNat(), (value) => {
      const bytes = new Uint8Array(VARINT_BYTES_MAX);
      const end = writeVarint(bytes, 0, value);
      const reader = { bytes, offset: 0 };
      return readVarint(reader) === value && reader.offset === end;
    }),
    { examples: [[0], [127], [128], [Number.MAX_SAFE_INTEGER]] },
  );
});

t.test("cut off or too large is no number", async (t) => {
  t.equal(readVarint({ bytes: Uint8Array.of(0x80), offset: 0 }), undefined);
  t.equal(readVarint({ bytes: new Uint8Array(8).fill(0xff), offset: 0 }), undefined);
  t.equal(readVarint({ bytes: new Uint8Array(9).fill(0x80), offset: 0 }), undefined);
});
