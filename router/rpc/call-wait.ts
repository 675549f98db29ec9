import type { CallContext } from "../../common/rpc/call-context.ts";

/** How long a caller who does not say waits for a read, in milliseconds. */
const READ_MS_DEFAULT = 5_000;
/** Part of a caller's wait kept for the way back, so that our answer comes before its own timeout. */
const ANSWER_MS = 25;

/** Longest time a read may take so that its caller still gets the answer, in milliseconds. */
export function readWaitMs(context: CallContext): number {
  const remainingMs = context.remainingMs();
  if (remainingMs === Number.POSITIVE_INFINITY) return READ_MS_DEFAULT;
  return Math.max(remainingMs / 2, remainingMs - ANSWER_MS);
}
