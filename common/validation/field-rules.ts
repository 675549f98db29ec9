import { LABELS_MAX } from "../batch/labels.ts";
import { TTL_MS_MAX } from "../batch/request-check.ts";
import { NAME_BYTES_MAX } from "../batch/text-length.ts";
import { parseToken } from "../batch/token.ts";
import type { RequestField } from "../batch/kinds.ts";
import { AMOUNT_MINOR_MAX } from "../units.ts";

/** What is wrong with one field of a request. */
export interface FieldProblem {
  readonly field: RequestField;
  /** Completes the sentence "<field> …". */
  readonly problem: string;
}

const ISSUER_ID = /^[A-Za-z0-9._:/-]+$/;
const CURRENCY = /^[A-Z]{3}$/;

/** Bytes of a token, or what is wrong with it. */
export function checkToken(field: RequestField, text: string): Uint8Array | FieldProblem {
  return (
    parseToken(text) ?? { field, problem: text === "" ? "is missing" : "must be a UUIDv7 in canonical form" }
  );
}

/** An issuer id as requests carry it. */
export function checkIssuerId(issuerId: string): FieldProblem | undefined {
  if (issuerId === "") return { field: "issuer_id", problem: "is missing" };
  return checkName("issuer_id", issuerId);
}

/** An issuer id that is about to be registered: stricter, so that it can stand in paths and tables. */
export function checkNewIssuerId(issuerId: string): FieldProblem | undefined {
  const problem = checkIssuerId(issuerId);
  if (problem !== undefined || ISSUER_ID.test(issuerId)) return problem;
  return { field: "issuer_id", problem: "may hold only A-Z a-z 0-9 . _ : / -" };
}

/** A text that names somebody; may be empty. */
export function checkName(field: RequestField, text: string): FieldProblem | undefined {
  // A UTF-16 unit takes at least one byte, so long texts need no counting.
  const fits = text.length <= NAME_BYTES_MAX && Buffer.byteLength(text) <= NAME_BYTES_MAX;
  return fits ? undefined : { field, problem: `must have at most ${NAME_BYTES_MAX} bytes` };
}

/** An amount of a reservation. */
export function checkAmountMinor(amountMinor: bigint): FieldProblem | undefined {
  if (amountMinor >= 1n && amountMinor <= AMOUNT_MINOR_MAX) return undefined;
  return { field: "amount_minor", problem: `must be 1 to ${AMOUNT_MINOR_MAX}` };
}

/** A limit of an issuer. */
export function checkLimitMinor(limitMinor: bigint): FieldProblem | undefined {
  if (limitMinor >= 0n && limitMinor <= AMOUNT_MINOR_MAX) return undefined;
  return { field: "limit_minor", problem: `must be 0 to ${AMOUNT_MINOR_MAX}` };
}

/** A currency that must be given. */
export function checkCurrency(currency: string): FieldProblem | undefined {
  if (CURRENCY.test(currency)) return undefined;
  return { field: "currency", problem: "must be an ISO 4217 code of three capital letters" };
}

/** A time to live; 0 means none. */
export function checkTtlMs(ttlMs: number): FieldProblem | undefined {
  return ttlMs <= TTL_MS_MAX ? undefined : { field: "ttl_ms", problem: `must be at most ${TTL_MS_MAX}` };
}

/** Labels of a reservation. */
export function checkLabels(labels: Readonly<Record<string, string>>): FieldProblem | undefined {
  const entries = Object.entries(labels);
  if (entries.length > LABELS_MAX) return { field: "labels", problem: `must be at most ${LABELS_MAX}` };
  for (const [key, value] of entries) {
    if (key === "") return { field: "labels", problem: "must not have an empty key" };
    const problem = checkName("labels", key) ?? checkName("labels", value);
    if (problem !== undefined) return problem;
  }
  return undefined;
}
