import { type CatalogRow, ERROR_CATALOG, type Reason } from "./catalog.ts";

/** Particulars of one error. */
export interface StoreErrorDetails {
  /** One sentence for people; the catalogue's when absent. */
  readonly message?: string;
  /** Facts for programs: lowerCamelCase keys with the unit last, decimal values. */
  readonly metadata?: Readonly<Record<string, string>>;
  /** Path of the request field at fault, such as "labels" or "items[3].reserve.amount_minor". */
  readonly field?: string;
  /** Suggested wait in milliseconds; the catalogue's when absent. */
  readonly retryAfterMs?: number;
  /** What went wrong underneath; for the log only, never sent. */
  readonly cause?: unknown;
}

/**
 * The one error a caller is meant to handle: no decision was made, or none is known. Which of the
 * two, and what to do next, stands in the catalogue row of its reason.
 */
export class StoreError extends Error {
  readonly reason: Reason;
  readonly metadata: Readonly<Record<string, string>>;
  readonly field: string | undefined;
  readonly retryAfterMs: number | undefined;

  constructor(reason: Reason, details: StoreErrorDetails = {}) {
    super(details.message ?? ERROR_CATALOG[reason].message, { cause: details.cause });
    this.name = "StoreError";
    this.reason = reason;
    this.metadata = details.metadata ?? {};
    this.field = details.field;
    const retryAfterMs = details.retryAfterMs ?? ERROR_CATALOG[reason].retryAfterMs;
    // The wire has no fractions of a millisecond; earlier than asked would not help.
    this.retryAfterMs = retryAfterMs === undefined ? undefined : Math.ceil(retryAfterMs);
  }

  /** Status, outcome and retry of this error's reason. */
  get row(): CatalogRow {
    return ERROR_CATALOG[this.reason];
  }
}

/** An INVALID_REQUEST that names the field at fault and says what it should have been. */
export function invalidRequest(field: string, problem: string): StoreError {
  return new StoreError("INVALID_REQUEST", { field, message: `${field}: ${problem}` });
}
