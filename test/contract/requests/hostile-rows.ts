import { Kind, type RequestField } from "../../../common/batch/kinds.ts";
import { type MutationBatch, RequestRow } from "../../../common/batch/mutation-batch.ts";

/** A way to spoil a packed batch whose first row is a well-formed reserve. */
export interface HostileRow {
  readonly what: string;
  /** Field the result of the first row must name. */
  readonly field: RequestField;
  /** Spoils it. Strings 1 to 3 are its issuer, desk and trader. @returns the batch to send */
  readonly spoil: (batch: MutationBatch) => MutationBatch;
}

const DAY_MS = 86_400_000;

/** Spoils bytes of the first row. */
const row =
  (change: (view: DataView) => void) =>
  ({ rows, strings }: MutationBatch): MutationBatch => {
    const spoiled = Uint8Array.from(rows);
    change(new DataView(spoiled.buffer));
    return { rows: spoiled, strings };
  };

/** Replaces a string that the first row refers to, or adds one and refers to it. */
const text =
  (offset: number, value: string) =>
  ({ rows, strings }: MutationBatch): MutationBatch =>
    row((view) => view.setUint16(offset, strings.length + 1, true))({ rows, strings: [...strings, value] });

const kind = (value: number) => row((view) => view.setUint8(RequestRow.KIND, value));
const amount = (value: bigint) => row((view) => view.setBigInt64(RequestRow.AMOUNT_MINOR, value, true));
const ttl = (value: number) => row((view) => view.setUint32(RequestRow.TTL_MS, value, true));
const index = (offset: number) => row((view) => view.setUint16(offset, 0xffff, true));

/** Rows that no leader may decide. */
export const HOSTILE_ROWS: readonly HostileRow[] = [
  { what: "kind 0", field: "kind", spoil: kind(0) },
  { what: "a kind only the cluster may send", field: "kind", spoil: kind(Kind.REGISTER_ISSUER) },
  { what: "a kind only a leader may write", field: "kind", spoil: kind(Kind.START) },
  { what: "a kind that is not defined", field: "kind", spoil: kind(255) },
  {
    what: "a token of another UUID version",
    field: "reservation_token",
    spoil: row((view) => view.setUint8(RequestRow.TOKEN + 6, 0x40)),
  },
  {
    what: "a token of another UUID variant",
    field: "reservation_token",
    spoil: row((view) => view.setUint8(RequestRow.TOKEN + 8, 0x00)),
  },
  {
    what: "a token of zeros",
    field: "reservation_token",
    spoil: row((view) => view.setBigUint64(RequestRow.TOKEN, 0n)),
  },
  {
    what: "a token from the end of time",
    field: "reservation_token",
    spoil: row((view) => view.setUint32(RequestRow.TOKEN, 0xffff_ffff)),
  },
  { what: "no issuer", field: "issuer_id", spoil: row((view) => view.setUint16(RequestRow.ISSUER, 0, true)) },
  { what: "an issuer behind the last string", field: "issuer_id", spoil: index(RequestRow.ISSUER) },
  { what: "a desk behind the last string", field: "desk", spoil: index(RequestRow.DESK) },
  { what: "a trader behind the last string", field: "trader", spoil: index(RequestRow.TRADER) },
  { what: "a currency behind the last string", field: "currency", spoil: index(RequestRow.CURRENCY) },
  { what: "labels behind the last string", field: "labels", spoil: index(RequestRow.LABELS) },
  { what: "an issuer of 65 bytes", field: "issuer_id", spoil: text(RequestRow.ISSUER, "x".repeat(65)) },
  {
    what: "a desk of 22 three-byte characters",
    field: "desk",
    spoil: text(RequestRow.DESK, "あ".repeat(22)),
  },
  { what: "a giant trader", field: "trader", spoil: text(RequestRow.TRADER, "x".repeat(1_000_000)) },
  { what: "a currency that is not the issuer's", field: "currency", spoil: text(RequestRow.CURRENCY, "USD") },
  { what: "labels that are no JSON", field: "labels", spoil: text(RequestRow.LABELS, "{book:a}") },
  { what: "labels that are no object", field: "labels", spoil: text(RequestRow.LABELS, '["book"]') },
  { what: "labels out of order", field: "labels", spoil: text(RequestRow.LABELS, '{"b":"1","a":"2"}') },
  { what: "labels with a number", field: "labels", spoil: text(RequestRow.LABELS, '{"a":1}') },
  { what: "giant labels", field: "labels", spoil: text(RequestRow.LABELS, `{"a":"${"x".repeat(200_000)}"}`) },
  { what: "an amount of 0", field: "amount_minor", spoil: amount(0n) },
  { what: "a negative amount", field: "amount_minor", spoil: amount(-1n) },
  { what: "the least integer", field: "amount_minor", spoil: amount(-(2n ** 63n)) },
  { what: "the greatest integer", field: "amount_minor", spoil: amount(2n ** 63n - 1n) },
  { what: "the first integer a double cannot hold", field: "amount_minor", spoil: amount(2n ** 53n) },
  { what: "a time to live beyond 30 days", field: "ttl_ms", spoil: ttl(30 * DAY_MS + 1) },
  { what: "the greatest time to live", field: "ttl_ms", spoil: ttl(0xffff_ffff) },
  { what: "a release without a target", field: "target_reservation_token", spoil: kind(Kind.RELEASE) },
  { what: "a settle without a target", field: "target_reservation_token", spoil: kind(Kind.SETTLE) },
  { what: "an amend without a target", field: "target_reservation_token", spoil: kind(Kind.AMEND) },
];
