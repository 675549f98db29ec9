import type { DecidedOperation } from "../history/operation.ts";

/** A stretch of a history, monotonic milliseconds. */
export interface Stretch {
  readonly fromMs: number;
  readonly toMs: number;
}

/**
 * Longest time within a stretch in which nobody was told of a new write. A gap that began before the
 * stretch counts from the last answer before it.
 * @param operations the writes in question
 * @returns milliseconds
 */
export function timeWithoutWritesMs(operations: readonly DecidedOperation[], stretch: Stretch): number {
  const { fromMs, toMs } = stretch;
  const answeredMs = newWrites(operations)
    .map(({ endedMs }) => endedMs)
    .sort((a, b) => a - b);
  const before = answeredMs.findLast((ms) => ms <= fromMs) ?? fromMs;
  const within = answeredMs.filter((ms) => ms > fromMs && ms <= toMs);
  const marks = [before, ...within, toMs];
  return marks.reduce((longest, ms, index) => Math.max(longest, ms - (marks[index - 1] ?? ms)), 0);
}

/** How many new writes were both sent and answered within a stretch. */
export function writesWithin(operations: readonly DecidedOperation[], { fromMs, toMs }: Stretch): number {
  return newWrites(operations).filter(({ invokedMs, endedMs }) => invokedMs >= fromMs && endedMs <= toMs)
    .length;
}

/** An answer that was replayed tells of an older write. */
function newWrites(operations: readonly DecidedOperation[]): readonly DecidedOperation[] {
  return operations.filter(({ end }) => !end.decision.label.replayed);
}
