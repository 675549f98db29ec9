import t from "tap";
import {
  Decline,
  ItemError,
  Kind,
  Outcome,
  PUBLIC_KIND_MAX,
  REQUEST_FIELDS,
} from "../../../common/batch/kinds.ts";
import { State } from "../../../node/shard/reservation-table.ts";
import {
  Decision,
  DeclineReason,
  ErrorReason,
  ReservationState,
} from "../../../proto/gen/harborpoint/types/v1/types_pb.ts";

type Numbers = Readonly<Record<string, number | string>>;

/** Entries of a table of numbers that the protocol numbers otherwise. */
function otherwise(table: Numbers, protocol: Numbers): string[] {
  return Object.keys(table).filter((name) => table[name] !== protocol[name]);
}

t.test("numbers in rows are the numbers of the protocol", async (t) => {
  t.strictSame(otherwise(ItemError, ErrorReason), []);
  t.strictSame(otherwise(Decline, DeclineReason), ["NONE"], "which the protocol calls UNSPECIFIED");
  t.strictSame(otherwise(State, ReservationState), ["NONE"], "likewise");
  t.strictSame([Outcome.APPROVED, Outcome.DECLINED], [Decision.APPROVED, Decision.DECLINED]);
});

t.test("services may send the first four kinds", async (t) => {
  const isPublic = (kind: number): boolean => kind <= PUBLIC_KIND_MAX;
  const names = Object.entries(Kind).filter(([, kind]) => isPublic(kind));
  t.strictSame(
    names.map(([name]) => name),
    ["RESERVE", "RELEASE", "SETTLE", "AMEND"],
  );
});

t.test("a field's index fits the byte of a result row", async (t) => {
  t.equal(REQUEST_FIELDS[0], "", "0 is no field");
  t.equal(new Set(REQUEST_FIELDS).size, REQUEST_FIELDS.length);
  t.ok(REQUEST_FIELDS.length <= 256);
});
