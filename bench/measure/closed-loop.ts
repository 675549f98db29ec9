import type { Clock } from "../../common/clock.ts";

/**
 * A number of callers, each of which sends again as soon as it has its answer, until a moment.
 * Shows what a system can do at most; its latencies say nothing about a load that does not wait.
 */
export async function runClosedLoop(
  callers: number,
  untilMs: number,
  clock: Clock,
  send: (sentMs: number) => Promise<void>,
): Promise<void> {
  const caller = async (): Promise<void> => {
    for (let nowMs = clock.monotonicMs(); nowMs < untilMs; nowMs = clock.monotonicMs()) await send(nowMs);
  };
  await Promise.all(Array.from({ length: callers }, caller));
}
