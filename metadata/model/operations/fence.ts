import type { ShardConfig } from "../configuration.ts";

/** What is known of who can still act in the generation in force. */
export type FenceEvidence = {
  readonly current: ShardConfig;
  /**
   * Nodes that promised the next generation, with the monotonic time from which none of the grants
   * they gave is valid any more.
   */
  readonly grantFreeAtMs: ReadonlyMap<string, number>;
  /** Monotonic time from which no lease of this service is valid any more. */
  readonly leaseFreeAtMs: number;
};

/**
 * Whether nobody can acknowledge, or read with authority, in the generation in force any more.
 * One of these suffices, nothing less does:
 *
 * - its leader itself promised a higher generation;
 * - another member of its ack set did, and the grants of that member have run out;
 * - its remote did, the remote's grants and this service's lease have run out.
 *
 * A generation that was never established needs its fence as well: its leader may have started it
 * without this service having heard.
 */
export function isFenced(evidence: FenceEvidence, nowMs: number): boolean {
  const { current, grantFreeAtMs, leaseFreeAtMs } = evidence;
  if (grantFreeAtMs.has(current.leader)) return true;
  const isGrantFree = (nodeId: string): boolean => (grantFreeAtMs.get(nodeId) ?? Infinity) <= nowMs;
  if (current.ackSet.some(isGrantFree)) return true;
  return isGrantFree(current.remote) && leaseFreeAtMs <= nowMs;
}
