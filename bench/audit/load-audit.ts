import type { Acknowledgements, IssuerBook } from "./acknowledgements.ts";

/** What a store says of one issuer; amounts in minor units. */
export interface IssuerState {
  readonly limitMinor: number;
  readonly exposureMinor: number;
  readonly openCount: number;
  readonly settledCount: number;
}

const FINDINGS_MAX = 20;

/**
 * Compares a store at rest with what a load of reserves was told: nothing oversold, nothing
 * acknowledged is missing, nothing is there that was not acknowledged, no decline without cause.
 * @param states by issuer id
 * @returns what is wrong, one sentence each; empty when all is well
 */
export function auditLoad(
  told: Pick<Acknowledgements, "books" | "errors" | "sharedPositions">,
  states: ReadonlyMap<string, IssuerState>,
): string[] {
  const findings = told.books.flatMap((book) => auditIssuer(book, states.get(book.issuerId)));
  const unknown = told.errors.COMMIT_OUTCOME_UNKNOWN ?? 0;
  if (unknown > 0) findings.unshift(`${unknown} outcomes stayed unknown, so the sums cannot be checked`);
  if (told.sharedPositions > 0) findings.unshift(`${told.sharedPositions} answers name a record of another`);
  return findings.slice(0, FINDINGS_MAX);
}

function auditIssuer(book: IssuerBook, state: IssuerState | undefined): string[] {
  const { issuerId, limitMinor, approvedCount, approvedMinor, declinedMinorMin } = book;
  if (state === undefined) return [`${issuerId} is not in the store`];
  const findings: string[] = [];
  if (state.exposureMinor > state.limitMinor)
    findings.push(`oversold: exposure ${state.exposureMinor} is above the limit ${state.limitMinor}`);
  if (state.limitMinor !== limitMinor)
    findings.push(`limit is ${state.limitMinor}, registered was ${limitMinor}`);
  if (state.openCount + state.settledCount !== approvedCount)
    findings.push(
      `holds ${state.openCount + state.settledCount} reservations, acknowledged were ${approvedCount}`,
    );
  if (state.exposureMinor !== approvedMinor)
    findings.push(`exposure is ${state.exposureMinor}, acknowledged was ${approvedMinor}`);
  // Exposure only grew, so what did not fit then does not fit now.
  if (declinedMinorMin <= state.limitMinor - state.exposureMinor)
    findings.push(`declined ${declinedMinorMin}, which still fits`);
  return findings.map((finding) => `${issuerId}: ${finding}`);
}
