/** How long a caller who does not say waits for a single write, in milliseconds. */
const UNARY_MS_DEFAULT = 5_000;
/** How long a batch is waited for when its sender does not say, in milliseconds. */
const BATCH_MS_DEFAULT = 1_000;
/** Longest wait for any write, whatever the caller says, in milliseconds. */
const WRITE_MS_MAX = 60_000;
/** Part of a single caller's wait kept for the way back, so that our answer comes before its own timeout. */
const ANSWER_MS = 25;

/** When a single write must be answered. @param remainingMs what the caller will wait; infinite if it did not say */
export function unaryDeadlineMs(nowMs: number, remainingMs: number): number {
  if (remainingMs === Number.POSITIVE_INFINITY) return nowMs + UNARY_MS_DEFAULT;
  return nowMs + Math.min(WRITE_MS_MAX, Math.max(remainingMs / 2, remainingMs - ANSWER_MS));
}

/** When a batch must be answered. @param timeoutMs what its sender will wait; 0 if it did not say */
export function batchDeadlineMs(nowMs: number, timeoutMs: number): number {
  return nowMs + Math.min(WRITE_MS_MAX, timeoutMs === 0 ? BATCH_MS_DEFAULT : timeoutMs);
}
