import type { Reason } from "../../common/errors/catalog.ts";

/** What became of one line. */
export type LineOutcome =
  | { readonly decision: "APPROVED" | "DECLINED"; readonly reason?: string; readonly replayed?: boolean }
  | { readonly error: Reason };

/** Where one issuer ended up; amounts as decimal strings, they may pass 2^53 in other languages' journals. */
export interface IssuerFinal {
  readonly limitMinor: string;
  readonly exposureMinor: string;
  readonly open: number;
  readonly settled: number;
}

/** Result of a replay, in the shape scripts compare. */
export interface ReplayReport {
  readonly lines: number;
  /** Lines by `DECISION[:REASON][:replayed]` or error reason. */
  readonly counts: Record<string, number>;
  /** By seq. */
  readonly outcomes: Record<string, LineOutcome>;
  /** By issuer id; issuers that were never registered are left out. */
  readonly issuers: Record<string, IssuerFinal>;
}

/** Puts a report together. */
export function replayReport(
  outcomes: ReadonlyMap<number, LineOutcome>,
  issuers: ReadonlyMap<string, IssuerFinal>,
): ReplayReport {
  const counts: Record<string, number> = {};
  for (const outcome of outcomes.values()) {
    const name = countName(outcome);
    counts[name] = (counts[name] ?? 0) + 1;
  }
  return {
    lines: outcomes.size,
    counts: inOrder(Object.entries(counts)),
    issuers: inOrder(issuers),
    outcomes: Object.fromEntries(outcomes),
  };
}

function inOrder<T>(entries: Iterable<readonly [string, T]>): Record<string, T> {
  return Object.fromEntries([...entries].sort(([a], [b]) => (a < b ? -1 : 1)));
}

function countName(outcome: LineOutcome): string {
  if ("error" in outcome) return outcome.error;
  const { decision, reason, replayed } = outcome;
  return [decision, reason, replayed ? "replayed" : undefined].filter((part) => part !== undefined).join(":");
}
