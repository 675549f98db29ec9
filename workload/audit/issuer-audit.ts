import type { IssuerSums, RuleBreach } from "../issuer-model.ts";

/** What the workload's books say of one issuer. */
export interface ExpectedIssuer {
  readonly issuerId: string;
  /** False when an outcome is unknown: then nothing can be said about the sums. */
  readonly isComplete: boolean;
  readonly sums: IssuerSums;
  /** Amounts of the open reservations by token, minor units. */
  readonly open: ReadonlyMap<string, number>;
  readonly breaches: readonly RuleBreach[];
}

/** What the store says of one issuer. */
export interface ObservedIssuer {
  readonly sums: IssuerSums;
  /** Its open reservations, as listed. */
  readonly open: readonly { readonly token: string; readonly amountMinor: number }[];
}

/** What an audit found about one issuer. */
export interface IssuerFindings {
  /** True when a decision oversold it. */
  readonly isOversold: boolean;
  /** Tokens that stand for more than one reservation. */
  readonly duplicateTokens: readonly string[];
  /** One sentence each; empty when all is well. */
  readonly findings: readonly string[];
}

/** Compares the store with the books: sums, every open reservation, and the rules at every decision. */
export function auditIssuer(expected: ExpectedIssuer, observed: ObservedIssuer): IssuerFindings {
  const { issuerId, breaches } = expected;
  const duplicateTokens = duplicates(observed.open.map(({ token }) => token));
  const findings = [
    ...breaches.map(({ rule, message }) => `${rule}: ${message}`),
    ...duplicateTokens.map((token) => `token ${token} is listed more than once`),
    ...(expected.isComplete
      ? [...compareSums(expected.sums, observed.sums), ...compareOpen(expected.open, observed.open)]
      : ["some outcomes are unknown, its sums cannot be checked"]),
  ];
  return {
    isOversold: breaches.some(({ rule }) => rule === "oversold"),
    duplicateTokens,
    findings: findings.map((finding) => `${issuerId}: ${finding}`),
  };
}

function compareSums(expected: IssuerSums, observed: IssuerSums): string[] {
  const names = ["limitMinor", "exposureMinor", "openCount", "settledCount"] as const;
  return names
    .filter((name) => expected[name] !== observed[name])
    .map((name) => `${name} is ${observed[name]}, the books say ${expected[name]}`);
}

function compareOpen(expected: ReadonlyMap<string, number>, listed: ObservedIssuer["open"]): string[] {
  const observed = new Map(listed.map(({ token, amountMinor }) => [token, amountMinor]));
  const findings: string[] = [];
  for (const [token, amountMinor] of expected) {
    const found = observed.get(token);
    if (found === undefined) findings.push(`acknowledged reservation ${token} is missing`);
    else if (found !== amountMinor)
      findings.push(`${token} amounts to ${found}, the books say ${amountMinor}`);
  }
  for (const token of observed.keys()) {
    if (!expected.has(token)) findings.push(`reservation ${token} is in no book`);
  }
  return findings;
}

function duplicates(tokens: readonly string[]): string[] {
  const seen = new Set<string>();
  return tokens.filter((token) => seen.has(token) || !seen.add(token));
}
