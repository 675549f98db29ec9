import { setTimeout as sleep } from "node:timers/promises";

/** The part of a load that counts. */
export interface MeasuredWindow {
  readonly warmupSeconds: number;
  readonly seconds: number;
  readonly onBegin: () => void;
  /** Follows every onBegin, at once when the load fails. */
  readonly onEnd: () => void;
}

/** Marks the part of a running load that counts, and waits for the load to end; rejects when it does. */
export async function measureWithin(load: Promise<unknown>, window: MeasuredWindow): Promise<void> {
  const failure = new AbortController();
  const running = load.catch((error: unknown) => {
    failure.abort();
    throw error;
  });
  await Promise.all([running, mark(window, failure.signal)]);
}

async function mark(
  { warmupSeconds, seconds, onBegin, onEnd }: MeasuredWindow,
  signal: AbortSignal,
): Promise<void> {
  await pause(warmupSeconds, signal);
  if (signal.aborted) return;
  onBegin();
  await pause(seconds, signal);
  onEnd();
}

/** Ends early, without an error, when the load has failed. */
async function pause(seconds: number, signal: AbortSignal): Promise<void> {
  await sleep(seconds * 1000, undefined, { signal }).catch(() => {});
}
