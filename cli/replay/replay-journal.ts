import { ERROR_CATALOG } from "../../common/errors/catalog.ts";
import { readIssuerFinals } from "../../workload/journal/issuer-finals.ts";
import type { JournalLine } from "../../workload/journal/journal-line.ts";
import { JournalReplay } from "../../workload/journal/journal-replay.ts";
import { type ReplayReport, replayReport } from "../../workload/journal/replay-report.ts";
import type { ReplayTarget } from "./replay-target.ts";

/** How a journal is applied. */
export interface ReplaySettings {
  /** Time that derived tokens carry, Unix milliseconds. */
  readonly startMs: number;
  /** How long one line is tried, milliseconds. */
  readonly lineTimeoutMs: number;
  /** Told after each line how many are done. */
  readonly onLine: (done: number) => void;
}

/** Issuers in progress at the same time: enough to fill a WAN round trip with work. */
const ISSUERS_AT_ONCE = 64;

/** Applies a journal and asks where every issuer ended up. */
export async function replayJournal(
  target: ReplayTarget,
  lines: readonly JournalLine[],
  { startMs, lineTimeoutMs, onLine }: ReplaySettings,
): Promise<ReplayReport> {
  const { clientOf } = target;
  const replay = new JournalReplay({
    clientOf,
    startMs,
    lineTimeoutMs,
    onLine,
    issuersAtOnce: ISSUERS_AT_ONCE,
  });
  const outcomes = await replay.run(lines);
  const issuerIds = lines.map(({ issuerId }) => issuerId);
  const finals = await readIssuerFinals(clientOf(lines[0].region), issuerIds, lineTimeoutMs);
  return replayReport(outcomes, finals);
}

/** Lines that got no verdict of the store, only trouble on the way to it. */
export function unresolvedLines({ outcomes }: ReplayReport): number {
  const isTrouble = (outcome: ReplayReport["outcomes"][string]): boolean =>
    "error" in outcome && ERROR_CATALOG[outcome.error].retry !== "never";
  return Object.values(outcomes).filter(isTrouble).length;
}
