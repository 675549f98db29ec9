import * as fc from "fast-check";
import t from "tap";
import { formatReservationId, parseReservationId } from "../../../common/tokens/reservation-id.ts";

const invalid = { name: "StoreError", reason: "INVALID_REQUEST", field: "reservation_id" };

const positions = fc.record({
  shardId: fc.nat({ max: 0xffff_ffff }),
  generation: fc.maxSafeNat(),
  lsn: fc.maxSafeNat(),
});

t.test("an id comes back as the position it spells, also read out by somebody", async (t) => {
  fc.assert(
    fc.property(positions, (position) => {
      const id = formatReservationId(position);
      t.same(parseReservationId(id), position);
      t.same(parseReservationId(id.toLowerCase().replaceAll("0", "o").replaceAll("1", "l")), position);
    }),
    { numRuns: 50 },
  );
});

t.test("it is short and says its shard", async (t) => {
  t.match(formatReservationId({ shardId: 5, generation: 1, lsn: 3689 }), /^R5-1-3K9-[0-9A-Z]$/);
});

t.test("a wrong digit, swapped digits and a moved hyphen are noticed", async (t) => {
  const check = formatReservationId({ shardId: 5, generation: 1, lsn: 3689 }).slice(-1);
  for (const text of [`R5-1-3K8-${check}`, `R5-1-K39-${check}`, `R51-3-K9-${check}`, `R5-13-K9-${check}`]) {
    t.throws(() => parseReservationId(text), invalid, text);
  }
});

t.test("anything else is refused by name of the field", async (t) => {
  const longest = { shardId: 0xffff_ffff, generation: Number.MAX_SAFE_INTEGER, lsn: Number.MAX_SAFE_INTEGER };
  t.equal(formatReservationId(longest).length, 34);
  for (const text of [
    "",
    "R",
    "R---",
    "R5-1-3K9",
    "5-1-3K9-N",
    "R5-1-3K9-NN",
    "R05-1-1-1",
    "RU-1-1-1",
    `${formatReservationId(longest)}0`,
    "R".repeat(100_000),
  ]) {
    t.throws(() => parseReservationId(text), invalid, text.slice(0, 40));
  }
});
