import type { LoadRecorder } from "../measure/load-recorder.ts";

/** Sends once and resolves when the answer is entered. @param intendedMs when it was meant to be sent (monotonic) */
export type Send = (intendedMs: number) => Promise<void>;

/** One kind of request, as a load sends it over and over. */
export interface Operation {
  /** Name of its rate among the metrics, such as "reservationsPerSecond". */
  readonly rateName: string;
  /** Records that one request carries. */
  readonly recordsPerSend: number;
  /** Prepares requests of which so many can be under way at once. */
  readonly sender: (outstandingMax: number, recorder: LoadRecorder) => Send;
}
