import { parseToken, tokenTimeMs } from "../../common/batch/token.ts";
import type { JournalLine } from "./journal-line.ts";

/** The stretch of time a journal's tokens lie in, Unix milliseconds. */
export interface JournalTimes {
  readonly earliestMs: number;
  readonly latestMs: number;
}

/** Largest time a UUIDv7 can carry. */
const TOKEN_TIME_MS_MAX = 2 ** 48 - 1;

/**
 * When a journal took place: from its tokens and its time column. A store that is to answer its
 * tokens must keep tokens that old.
 * @param nowMs taken when nothing in the journal carries a time
 */
export function journalTimes(lines: readonly JournalLine[], nowMs: number): JournalTimes {
  let earliestMs = Number.POSITIVE_INFINITY;
  let latestMs = Number.NEGATIVE_INFINITY;
  for (const line of lines) {
    for (const timeMs of [timeOfToken(line.token), timeOfColumn(line.tsMs)]) {
      if (timeMs === undefined) continue;
      earliestMs = Math.min(earliestMs, timeMs);
      latestMs = Math.max(latestMs, timeMs);
    }
  }
  return earliestMs <= latestMs ? { earliestMs, latestMs } : { earliestMs: nowMs, latestMs: nowMs };
}

function timeOfToken(token: string): number | undefined {
  const bytes = parseToken(token);
  return bytes && tokenTimeMs(bytes, 0);
}

function timeOfColumn(text: string): number | undefined {
  const timeMs = /^\d{1,15}$/.test(text) ? Number(text) : undefined;
  return timeMs !== undefined && timeMs <= TOKEN_TIME_MS_MAX ? timeMs : undefined;
}
