import fc from "fast-check";
import t from "tap";
import { Kind, REQUEST_FIELDS, type RequestField } from "../../../common/batch/kinds.ts";
import { type MutationFields, REQUEST_ROW_BYTES, RequestRow } from "../../../common/batch/mutation-batch.ts";
import {
  fieldIndex,
  invalidField,
  LABELS_BYTES_MAX,
  oversizedField,
  oversizedStrings,
  tokenAge,
  TTL_MS_MAX,
  uint16,
} from "../../../common/batch/request-check.ts";
import { AMOUNT_MINOR_MAX } from "../../../common/units.ts";
import { batchOf } from "../../support/shard/batches.ts";
import { EPOCH_MS, namedToken } from "../../support/shard/named-tokens.ts";

const RESERVE: MutationFields = {
  kind: Kind.RESERVE,
  token: namedToken("t1"),
  issuerId: "MUNI-7",
  amountMinor: 1,
};
const RELEASE: MutationFields = {
  ...RESERVE,
  kind: Kind.RELEASE,
  targetToken: namedToken("t0"),
  amountMinor: 0,
};
const AMEND: MutationFields = { ...RELEASE, kind: Kind.AMEND, amountMinor: 1 };
const REGISTER: MutationFields = { ...RESERVE, kind: Kind.REGISTER_ISSUER, amountMinor: 0, currency: "EUR" };
const LIMIT: MutationFields = { ...RESERVE, kind: Kind.SET_LIMIT, amountMinor: 0 };
const FENCE: MutationFields = { kind: Kind.TOKEN_FENCE, token: namedToken("t1"), issuerId: "MUNI-7" };
const NO_TOKEN = new Uint8Array(16);

/** Name of the field at fault in a row, "" when none is. */
function fault(rows: Uint8Array, stringCount: number, kindMax: number = Kind.TOKEN_FENCE): RequestField {
  const words = new Int32Array(rows.buffer, rows.byteOffset, rows.byteLength >> 2);
  return REQUEST_FIELDS[invalidField(words, rows, 0, kindMax, stringCount)];
}

function faultOf(mutation: MutationFields, kindMax?: number): RequestField {
  const { rows, strings } = batchOf([mutation]);
  return fault(rows, strings.length, kindMax);
}

t.test("valid requests have no field at fault", async (t) => {
  for (const mutation of [RESERVE, RELEASE, AMEND, REGISTER, LIMIT, FENCE]) t.equal(faultOf(mutation), "");
  t.equal(faultOf({ ...RELEASE, kind: Kind.SETTLE }), "");
  t.equal(faultOf({ ...RESERVE, amountMinor: AMOUNT_MINOR_MAX, ttlMs: TTL_MS_MAX }), "");
});

t.test("the field at fault is named", async (t) => {
  const faults: [RequestField, MutationFields][] = [
    ["kind", { ...RESERVE, kind: 0 as Kind }],
    ["kind", { ...RESERVE, kind: Kind.EXPIRE }],
    ["kind", { ...RESERVE, kind: Kind.START }],
    ["reservation_token", { ...RESERVE, token: NO_TOKEN }],
    ["issuer_id", { ...RESERVE, issuerId: "" }],
    ["amount_minor", { ...RESERVE, amountMinor: 0 }],
    ["amount_minor", { ...RESERVE, amountMinor: -1 }],
    ["amount_minor", { ...AMEND, amountMinor: 0 }],
    ["target_reservation_token", { ...AMEND, targetToken: NO_TOKEN }],
    ["target_reservation_token", { ...RELEASE, targetToken: NO_TOKEN }],
    ["target_reservation_token", { ...RELEASE, kind: Kind.SETTLE, targetToken: NO_TOKEN }],
    ["ttl_ms", { ...RESERVE, ttlMs: TTL_MS_MAX + 1 }],
    ["ttl_ms", { ...RELEASE, ttlMs: 1 }],
    ["ttl_ms", { ...AMEND, ttlMs: 1 }],
    ["currency", { ...REGISTER, currency: "" }],
    ["limit_minor", { ...REGISTER, amountMinor: -1 }],
    ["limit_minor", { ...LIMIT, amountMinor: -1 }],
  ];
  for (const [field, mutation] of faults)
    t.equal(faultOf(mutation), field, `${field} of kind ${mutation.kind}`);
});

t.test("kinds beyond the sender's are refused", async (t) => {
  t.equal(faultOf(AMEND, Kind.AMEND), "");
  t.equal(faultOf(REGISTER, Kind.AMEND), "kind");
});

t.test("amounts beyond 2^53 - 1 are refused", async (t) => {
  const { rows, strings } = batchOf([RESERVE]);
  const view = new DataView(rows.buffer, rows.byteOffset);
  for (const amount of [2n ** 53n, 2n ** 53n + 1n, 2n ** 62n]) {
    view.setBigInt64(RequestRow.AMOUNT_MINOR, amount, true);
    t.equal(fault(rows, strings.length), "amount_minor");
  }
});

t.test("references beyond the batch's strings are refused, each under its name", async (t) => {
  const fields: [RequestField, number][] = [
    ["issuer_id", RequestRow.ISSUER],
    ["desk", RequestRow.DESK],
    ["trader", RequestRow.TRADER],
    ["currency", RequestRow.CURRENCY],
    ["labels", RequestRow.LABELS],
  ];
  for (const [field, offset] of fields) {
    const { rows, strings } = batchOf([RESERVE]);
    new DataView(rows.buffer, rows.byteOffset).setUint16(offset, strings.length + 1, true);
    t.equal(fault(rows, strings.length), field);
  }
});

t.test("no row of bytes is an exception", async () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 64, maxLength: 64 }), fc.nat(10), (bytes, strings) => {
      return REQUEST_FIELDS.includes(fault(Uint8Array.from(bytes), strings));
    }),
  );
});

t.test("a row is looked at where it lies", async (t) => {
  const { rows, strings } = batchOf([RESERVE, { ...RESERVE, amountMinor: 0 }]);
  const words = new Int32Array(rows.buffer, rows.byteOffset, rows.byteLength >> 2);
  const field = invalidField(words, rows, REQUEST_ROW_BYTES, Kind.AMEND, strings.length);
  t.equal(field, fieldIndex("amount_minor"));
});

t.test("a token's age is judged by its own time", async (t) => {
  const window = { retentionMs: 1000, aheadMsMax: 50 };
  const { rows } = batchOf([RESERVE]);
  const age = (wallMs: number) => tokenAge(rows, 0, wallMs, window);
  t.strictSame([age(EPOCH_MS + 1000), age(EPOCH_MS + 1001)], ["ok", "expired"]);
  t.strictSame([age(EPOCH_MS - 50), age(EPOCH_MS - 51)], ["ok", "ahead"]);
});

t.test("strings are measured once, as names and as labels", async (t) => {
  const strings = [
    "n".repeat(64),
    "n".repeat(65),
    "€".repeat(21),
    "€".repeat(22),
    "l".repeat(LABELS_BYTES_MAX + 1),
  ];
  const oversized = oversizedStrings({ rows: new Uint8Array(0), strings });
  t.strictSame([...(oversized?.names ?? [])], [2, 4, 5]);
  t.strictSame([...(oversized?.labels ?? [])], [5]);
  t.equal(oversizedStrings({ rows: new Uint8Array(0), strings: ["n".repeat(64)] }), undefined);
});

t.test("the field of an oversized string is named; labels may be longer than names", async (t) => {
  const long = "n".repeat(65);
  const fields: [RequestField, Partial<MutationFields>][] = [
    ["issuer_id", { issuerId: long }],
    ["desk", { desk: long }],
    ["trader", { trader: long }],
    ["currency", { currency: long }],
    ["labels", { labels: "l".repeat(LABELS_BYTES_MAX + 1) }],
    ["", { labels: "l".repeat(LABELS_BYTES_MAX), desk: "n".repeat(64) }],
  ];
  for (const [field, change] of fields) {
    const batch = batchOf([{ ...RESERVE, ...change }]);
    const oversized = oversizedStrings(batch);
    t.ok(oversized);
    if (oversized) t.equal(REQUEST_FIELDS[oversizedField(batch.rows, 0, oversized)], field);
  }
});

t.test("sixteen little-endian bits", async (t) => {
  t.equal(uint16(Uint8Array.of(9, 0x34, 0x12), 1), 0x1234);
});
