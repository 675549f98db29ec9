import fc from "fast-check";
import t from "tap";
import { utf8Length } from "../../../common/batch/text-length.ts";

t.test("is the length that an encoder gives", async () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (text) => utf8Length(text) === Buffer.byteLength(text)),
  );
});

t.test("also of text with halves of surrogate pairs", async () => {
  const units = fc
    .array(fc.integer({ min: 0xd7f0, max: 0xe010 }))
    .map((codes) => String.fromCharCode(...codes));
  fc.assert(fc.property(units, (text) => utf8Length(text) === Buffer.byteLength(text)));
});
