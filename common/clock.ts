/** The only source of time. Two readings may be compared only if they come from the same method. */
export interface Clock {
  /** Milliseconds since an arbitrary start, never going back; for waits, ages and grants. */
  monotonicMs(): number;
  /** Milliseconds since the Unix epoch; may jump. For records people read, never for a wait. */
  wallMs(): number;
}

/** The clock of this process. */
export const systemClock: Clock = {
  monotonicMs: () => performance.now(),
  wallMs: () => Date.now(),
};
