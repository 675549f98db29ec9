/** An issuer of a bench. */
export interface BenchIssuer {
  readonly issuerId: string;
  /** Limit it is registered with, minor units. */
  readonly limitMinor: number;
}

/** Amounts are drawn evenly from 1 to this, minor units. */
export const AMOUNT_MINOR_MAX = 1_000_000;

/** More than any run can reserve. */
const AMPLE_LIMIT_MINOR = Number.MAX_SAFE_INTEGER;
/** Every so many issuers one has a limit that a run exceeds soon: an audit of a store that never declines shows nothing. */
const TIGHT_EVERY = 32;
const TIGHT_LIMIT_MINOR = 250 * AMOUNT_MINOR_MAX;

/** Makes the issuers of a bench up; one of 32 has a tight limit, never the first, which a hot load aims at. */
export function benchIssuers(count: number): BenchIssuer[] {
  return Array.from({ length: count }, (_, number) => ({
    issuerId: `BENCH-${String(number + 1).padStart(5, "0")}`,
    limitMinor: number % TIGHT_EVERY === TIGHT_EVERY - 1 ? TIGHT_LIMIT_MINOR : AMPLE_LIMIT_MINOR,
  }));
}
