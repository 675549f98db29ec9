import { readInt64 } from "./int64.ts";
import { Kind, REQUEST_FIELDS, type RequestField } from "./kinds.ts";
import { type MutationBatch, RequestRow } from "./mutation-batch.ts";
import { NAME_BYTES_MAX, utf8Length } from "./text-length.ts";
import { isTokenAt, tokenTimeMs } from "./token.ts";
import { AMOUNT_MINOR_MAX } from "../units.ts";

/** Longest labels text: 16 keys and values of 64 bytes as JSON, every character escaped. */
export const LABELS_BYTES_MAX = 16 * 2 * 64 * 6 + 128;
/** Longest time to live, 30 days. */
export const TTL_MS_MAX = 30 * 24 * 3_600_000;

const FIELD = Object.fromEntries(REQUEST_FIELDS.map((name, index) => [name, index])) as Record<
  RequestField,
  number
>;

/** How old and how far ahead a token's own time may be, milliseconds. */
export type TokenWindow = { readonly retentionMs: number; readonly aheadMsMax: number };

/** Index of a field in REQUEST_FIELDS. */
export function fieldIndex(name: RequestField): number {
  return FIELD[name];
}

/**
 * Field of a row that makes the request invalid whatever the state is, 0 when none does. The
 * strings of the batch were measured before ({@link oversizedStrings}).
 */
export function invalidField(
  words: Int32Array,
  bytes: Uint8Array,
  at: number,
  kindMax: number,
  stringCount: number,
): number {
  const kind = bytes[at + RequestRow.KIND];
  if (kind < Kind.RESERVE || kind > kindMax) return FIELD.kind;
  if (!isTokenAt(bytes, at + RequestRow.TOKEN)) return FIELD.reservation_token;
  const issuer = uint16(bytes, at + RequestRow.ISSUER);
  if (issuer === 0 || issuer > stringCount) return FIELD.issuer_id;
  if (uint16(bytes, at + RequestRow.DESK) > stringCount) return FIELD.desk;
  if (uint16(bytes, at + RequestRow.TRADER) > stringCount) return FIELD.trader;
  if (uint16(bytes, at + RequestRow.CURRENCY) > stringCount) return FIELD.currency;
  if (uint16(bytes, at + RequestRow.LABELS) > stringCount) return FIELD.labels;
  const amountMinor = readInt64(words, (at + RequestRow.AMOUNT_MINOR) >> 2);
  const ttlMs = words[(at + RequestRow.TTL_MS) >> 2] >>> 0;
  if (ttlMs > (kind === Kind.RESERVE ? TTL_MS_MAX : 0)) return FIELD.ttl_ms;
  switch (kind) {
    case Kind.RESERVE:
      return amountMinor >= 1 && amountMinor <= AMOUNT_MINOR_MAX ? 0 : FIELD.amount_minor;
    case Kind.AMEND:
      if (!isTokenAt(bytes, at + RequestRow.TARGET_TOKEN)) return FIELD.target_reservation_token;
      return amountMinor >= 1 && amountMinor <= AMOUNT_MINOR_MAX ? 0 : FIELD.amount_minor;
    case Kind.RELEASE:
    case Kind.SETTLE:
      return isTokenAt(bytes, at + RequestRow.TARGET_TOKEN) ? 0 : FIELD.target_reservation_token;
    case Kind.REGISTER_ISSUER:
      if (uint16(bytes, at + RequestRow.CURRENCY) === 0) return FIELD.currency;
      return amountMinor >= 0 && amountMinor <= AMOUNT_MINOR_MAX ? 0 : FIELD.limit_minor;
    case Kind.SET_LIMIT:
      return amountMinor >= 0 && amountMinor <= AMOUNT_MINOR_MAX ? 0 : FIELD.limit_minor;
    default:
      return 0;
  }
}

/** Whether a token's own time lies in the window around the leader's clock. */
export function tokenAge(
  bytes: Uint8Array,
  at: number,
  wallMs: number,
  window: TokenWindow,
): "ok" | "expired" | "ahead" {
  const timeMs = tokenTimeMs(bytes, at + RequestRow.TOKEN);
  if (timeMs < wallMs - window.retentionMs) return "expired";
  return timeMs > wallMs + window.aheadMsMax ? "ahead" : "ok";
}

/** Indexes (1-based, as rows refer to them) of strings too long for a name, and for labels. */
export function oversizedStrings(
  batch: MutationBatch,
): { names: Set<number>; labels: Set<number> } | undefined {
  let found: { names: Set<number>; labels: Set<number> } | undefined;
  for (let i = 0; i < batch.strings.length; i++) {
    const text = batch.strings[i];
    if (text.length * 3 <= NAME_BYTES_MAX) continue;
    const length = utf8Length(text);
    if (length <= NAME_BYTES_MAX) continue;
    found ??= { names: new Set(), labels: new Set() };
    found.names.add(i + 1);
    if (length > LABELS_BYTES_MAX) found.labels.add(i + 1);
  }
  return found;
}

/** Field of a row that refers to an oversized string, 0 when none does. */
export function oversizedField(
  bytes: Uint8Array,
  at: number,
  oversized: { names: Set<number>; labels: Set<number> },
): number {
  if (oversized.names.has(uint16(bytes, at + RequestRow.ISSUER))) return FIELD.issuer_id;
  if (oversized.names.has(uint16(bytes, at + RequestRow.DESK))) return FIELD.desk;
  if (oversized.names.has(uint16(bytes, at + RequestRow.TRADER))) return FIELD.trader;
  if (oversized.names.has(uint16(bytes, at + RequestRow.CURRENCY))) return FIELD.currency;
  if (oversized.labels.has(uint16(bytes, at + RequestRow.LABELS))) return FIELD.labels;
  return 0;
}

/** Little-endian 16 bits at an offset. */
export function uint16(bytes: Uint8Array, at: number): number {
  return bytes[at] | (bytes[at + 1] << 8);
}
