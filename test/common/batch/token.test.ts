import assert from "node:assert/strict";
import fc from "fast-check";
import t from "tap";
import { v7 } from "uuid";
import { formatToken, isTokenAt, parseToken, tokenTimeMs } from "../../../common/batch/token.ts";
import { namedToken } from "../../support/shard/named-tokens.ts";

const TEXT = "019a9432-7c00-7abc-8def-0123456789ab";

function parsed(text: string): Uint8Array {
  const token = parseToken(text);
  assert(token !== undefined, `${text} is a token`);
  return token;
}

t.test("the text of a UUIDv7 comes back, in lower case", async (t) => {
  t.equal(formatToken(parsed(TEXT)), TEXT);
  t.equal(formatToken(parsed(TEXT.toUpperCase())), TEXT);
});

t.test("tokens of the uuid package are tokens, with their time", async (t) => {
  const msecs = Date.UTC(2026, 10, 18, 12, 30);
  const token = parsed(v7({ msecs }));
  t.equal(tokenTimeMs(token, 0), msecs);
});

t.test("anything else is no token", async (t) => {
  const version4 = TEXT.replace("-7a", "-4a");
  const otherVariant = TEXT.replace("-8", "-c");
  const malformed = [
    "",
    TEXT.slice(1),
    `${TEXT}0`,
    `{${TEXT}}`,
    TEXT.replaceAll("-", ""),
    TEXT.replace("a", "g"),
    ` ${TEXT}`,
  ];
  for (const text of [version4, otherVariant, ...malformed]) t.equal(parseToken(text), undefined, text);
});

t.test("bytes are read at their offset", async () => {
  fc.assert(
    fc.property(fc.string(), fc.nat(64), fc.integer({ min: 0, max: 2 ** 48 - 1 }), (name, offset, timeMs) => {
      const bytes = new Uint8Array(offset + 16);
      bytes.set(namedToken(name, timeMs), offset);
      const text = formatToken(bytes, offset);
      return (
        isTokenAt(bytes, offset) && tokenTimeMs(bytes, offset) === timeMs && parseToken(text) !== undefined
      );
    }),
  );
});
