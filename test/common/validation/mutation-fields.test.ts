import { create, type MessageInitShape } from "@bufbuild/protobuf";
import t from "tap";
import { Kind, REQUEST_FIELDS } from "../../../common/batch/kinds.ts";
import { MutationBatchBuilder } from "../../../common/batch/mutation-batch.ts";
import { parseToken } from "../../../common/batch/token.ts";
import {
  type CheckedMutation,
  checkAmend,
  checkMutation,
  checkRegisterIssuer,
  checkRelease,
  checkReserve,
  checkSetIssuerLimit,
  checkSettle,
  isFieldProblem,
  requireValid,
} from "../../../common/validation/mutation-fields.ts";
import {
  RegisterIssuerRequestSchema,
  SetIssuerLimitRequestSchema,
} from "../../../proto/gen/harborpoint/admin/v1/admin_pb.ts";
import {
  AmendRequestSchema,
  MutationSchema,
  ReleaseRequestSchema,
  ReserveRequestSchema,
  SettleRequestSchema,
} from "../../../proto/gen/harborpoint/reservation/v1/reservation_pb.ts";

const TOKEN = "0199a000-0000-7000-8000-000000000001";
const TARGET = "0199a000-0000-7000-8000-000000000002";
const AMOUNT_MAX = 2n ** 53n - 1n;

type Reserve = MessageInitShape<typeof ReserveRequestSchema>;

const reserve = { reservationToken: TOKEN, issuerId: "MUNI-77", amountMinor: 100n };
const targeted = { reservationToken: TOKEN, targetReservationToken: TARGET, issuerId: "MUNI-77" };
const registration = { reservationToken: TOKEN, issuerId: "MUNI-77", currency: "EUR", limitMinor: 5n };
const limitChange = { reservationToken: TOKEN, issuerId: "MUNI-77", limitMinor: 5n };

const checkingReserve = (changes: Reserve): CheckedMutation =>
  checkReserve(create(ReserveRequestSchema, { ...reserve, ...changes }));

/** Field that a check found at fault; undefined when it found none. */
function faultOf(checked: CheckedMutation): string | undefined {
  return isFieldProblem(checked) ? checked.field : undefined;
}

t.test("a reserve becomes a row with everything it said", async (t) => {
  const said = {
    currency: "EUR",
    desk: "rates",
    trader: "ana",
    ttlMs: 5000,
    labels: { b: "2", "10": "x", a: "1" },
  };
  t.same(checkingReserve(said), {
    kind: Kind.RESERVE,
    token: parseToken(TOKEN),
    amountMinor: 100,
    issuerId: "MUNI-77",
    desk: "rates",
    trader: "ana",
    currency: "EUR",
    labels: '{"10":"x","a":"1","b":"2"}',
    ttlMs: 5000,
  });
});

t.test("the limits of a reserve are the documented ones", async (t) => {
  const labels = (count: number) =>
    Object.fromEntries(Array.from({ length: count }, (_, i) => [`k${i}`, "v"]));
  const cases: [Reserve, string | undefined][] = [
    [{}, undefined],
    [{ reservationToken: "" }, "reservation_token"],
    [{ reservationToken: "0199a000-0000-4000-8000-000000000001" }, "reservation_token"],
    [{ reservationToken: `{${TOKEN}}` }, "reservation_token"],
    [{ issuerId: "" }, "issuer_id"],
    [{ issuerId: "x".repeat(64) }, undefined],
    [{ issuerId: "x".repeat(65) }, "issuer_id"],
    [{ issuerId: "é".repeat(33) }, "issuer_id"],
    [{ amountMinor: 0n }, "amount_minor"],
    [{ amountMinor: -1n }, "amount_minor"],
    [{ amountMinor: AMOUNT_MAX }, undefined],
    [{ amountMinor: AMOUNT_MAX + 1n }, "amount_minor"],
    [{ currency: "" }, undefined],
    [{ currency: "eur" }, "currency"],
    [{ currency: "EURO" }, "currency"],
    [{ desk: "x".repeat(65) }, "desk"],
    [{ trader: "x".repeat(65) }, "trader"],
    [{ ttlMs: 2_592_000_000 }, undefined],
    [{ ttlMs: 2_592_000_001 }, "ttl_ms"],
    [{ labels: labels(16) }, undefined],
    [{ labels: labels(17) }, "labels"],
    [{ labels: { "": "v" } }, "labels"],
    [{ labels: { k: "é".repeat(33) } }, "labels"],
    [{ labels: { ["k".repeat(65)]: "v" } }, "labels"],
  ];
  for (const [changes, field] of cases) {
    t.equal(
      faultOf(checkingReserve(changes)),
      field,
      JSON.stringify(changes, (_, v) => String(v)).slice(0, 60),
    );
  }
});

t.test("release, settle and amend name the reservation they act on", async (t) => {
  const checks = [
    [
      Kind.RELEASE,
      (changes: object) => checkRelease(create(ReleaseRequestSchema, { ...targeted, ...changes })),
    ],
    [Kind.SETTLE, (changes: object) => checkSettle(create(SettleRequestSchema, { ...targeted, ...changes }))],
    [
      Kind.AMEND,
      (changes: object) =>
        checkAmend(create(AmendRequestSchema, { ...targeted, amountMinor: 9n, ...changes })),
    ],
  ] as const;
  for (const [kind, check] of checks) {
    const fields = requireValid(check({}));
    t.match(fields, { kind, issuerId: "MUNI-77", amountMinor: kind === Kind.AMEND ? 9 : 0 });
    t.same(fields.targetToken, parseToken(TARGET));
    t.equal(faultOf(check({ targetReservationToken: "" })), "target_reservation_token");
    t.equal(faultOf(check({ reservationToken: "no" })), "reservation_token");
    t.equal(faultOf(check({ issuerId: "" })), "issuer_id");
    t.equal(faultOf(check({ trader: "x".repeat(65) })), "trader");
  }
  t.equal(faultOf(checkAmend(create(AmendRequestSchema, { ...targeted, amountMinor: 0n }))), "amount_minor");
});

t.test("an item of a stream is checked by its kind", async (t) => {
  const item = (kind: MessageInitShape<typeof MutationSchema>["kind"]) =>
    checkMutation(create(MutationSchema, { kind }));
  t.match(item({ case: "reserve", value: reserve }), { kind: Kind.RESERVE });
  t.match(item({ case: "release", value: targeted }), { kind: Kind.RELEASE });
  t.match(item({ case: "settle", value: targeted }), { kind: Kind.SETTLE });
  t.match(item({ case: "amend", value: { ...targeted, amountMinor: 2n } }), { kind: Kind.AMEND });
  t.equal(faultOf(item({ case: undefined })), "kind");
});

t.test("issuers are registered under ids that fit paths, and may have the limit 0", async (t) => {
  const check = (changes: object) =>
    checkRegisterIssuer(create(RegisterIssuerRequestSchema, { ...registration, ...changes }));
  t.match(check({ limitMinor: 0n }), { kind: Kind.REGISTER_ISSUER, amountMinor: 0, currency: "EUR" });
  t.equal(faultOf(check({ issuerId: "A.b_c:d/e-9" })), undefined);
  for (const issuerId of ["", "MUNI 77", "é", "x".repeat(65)])
    t.equal(faultOf(check({ issuerId })), "issuer_id");
  t.equal(faultOf(check({ currency: "" })), "currency");
  t.equal(faultOf(check({ limitMinor: -1n })), "limit_minor");
  t.equal(faultOf(check({ limitMinor: AMOUNT_MAX + 1n })), "limit_minor");
  t.equal(faultOf(check({ reservationToken: "" })), "reservation_token");
});

t.test("a limit is set by the same bounds", async (t) => {
  const check = (changes: object) =>
    checkSetIssuerLimit(create(SetIssuerLimitRequestSchema, { ...limitChange, ...changes }));
  t.match(check({}), { kind: Kind.SET_LIMIT, amountMinor: 5 });
  t.equal(faultOf(check({ limitMinor: -1n })), "limit_minor");
  t.equal(faultOf(check({ issuerId: "" })), "issuer_id");
  t.equal(faultOf(check({ reservationToken: "" })), "reservation_token");
});

t.test("a single call learns of its fault as an error", async (t) => {
  t.throws(() => requireValid(checkingReserve({ amountMinor: 0n })), {
    reason: "INVALID_REQUEST",
    field: "amount_minor",
    message: "amount_minor: must be 1 to 9007199254740991",
  });
});

t.test("what passes fits a batch, and every field can be named in a result row", async (t) => {
  const builder = new MutationBatchBuilder();
  t.equal(builder.add(requireValid(checkingReserve({ labels: { a: "1" } }))), 0);
  for (const field of ["target_reservation_token", "limit_minor", "ttl_ms", "kind"] as const) {
    t.ok(REQUEST_FIELDS.includes(field));
  }
});
