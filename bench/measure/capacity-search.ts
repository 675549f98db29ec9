/** What one rate led to. */
export interface RateVerdict {
  /** Whether the objective was kept at this rate. */
  readonly isKept: boolean;
}

/** What a search came to. */
export interface Capacity<Verdict extends RateVerdict> {
  /** Highest rate that kept the objective; 0 when none did. */
  readonly perSecond: number;
  /** Every rate tried, in order. */
  readonly tried: readonly { readonly perSecond: number; readonly verdict: Verdict }[];
}

export interface SearchOptions {
  /** First rate tried. */
  readonly startPerSecond: number;
  /** The answer is at most this much too low, as a share of it. */
  readonly precision: number;
  /** Rates tried at most. */
  readonly triesMax: number;
}

/**
 * Finds the highest rate that keeps an objective: by doubling until one fails (halving until one
 * holds), then by bisection.
 */
export async function searchCapacity<Verdict extends RateVerdict>(
  options: SearchOptions,
  tryRate: (perSecond: number) => Promise<Verdict>,
): Promise<Capacity<Verdict>> {
  const tried: { perSecond: number; verdict: Verdict }[] = [];
  let kept = 0;
  let failed = Number.POSITIVE_INFINITY;
  let perSecond = options.startPerSecond;
  while (tried.length < options.triesMax && failed - kept > kept * options.precision) {
    const verdict = await tryRate(perSecond);
    tried.push({ perSecond, verdict });
    if (verdict.isKept) kept = perSecond;
    else failed = perSecond;
    perSecond = nextRate(kept, failed);
  }
  return { perSecond: kept, tried };
}

function nextRate(kept: number, failed: number): number {
  if (failed === Number.POSITIVE_INFINITY) return kept * 2;
  return kept === 0 ? failed / 2 : (kept + failed) / 2;
}
