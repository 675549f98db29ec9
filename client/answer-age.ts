import type { Decision } from "./decision.ts";

/**
 * An approval that arrives later than this after it was asked for may come from a leader that has
 * lost its authority since; only the token can confirm it. Milliseconds.
 */
export const APPROVAL_AGE_MS_MAX = 1_000;

/** A decision beside its standing. */
export interface Answered {
  readonly decision: Decision;
  /** True when it is an approval that came too late to be believed as it is. */
  readonly late: boolean;
}

/** Judges a decision by the time it took. */
export function answered(decision: Decision, ageMs: number): Answered {
  return { decision, late: decision.decision === "APPROVED" && ageMs > APPROVAL_AGE_MS_MAX };
}
