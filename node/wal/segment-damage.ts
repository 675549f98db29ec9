import type { LogTail } from "./log-tail.ts";
import type { Corruption, CorruptionReason } from "./recovery-verdict.ts";
import type { SegmentHeader } from "./segment-header.ts";
import type { SegmentScan } from "./segment-scan.ts";
import type { TailSurvey } from "./tail-survey.ts";

/** The records a segment has to hold, as far as that is known without reading it. */
export type SegmentRange = {
  readonly firstLsn: number;
  /** Exact for a sealed segment; of the last one only what is known to have been synced. */
  readonly lastLsn: number;
  readonly isLast: boolean;
};

/** Damage that leaves nothing of a segment to be believed. */
export function unreadable(reason: CorruptionReason, range: SegmentRange, before: LogTail): Corruption {
  const { firstLsn, lastLsn, isLast } = range;
  const base = before.lsn === firstLsn - 1 ? before : undefined;
  const place = { lsn: firstLsn, throughLsn: lastLsn, segment: firstLsn, offset: 0 };
  return { kind: "corrupt", reason, ...place, base, lastLsn, isLast };
}

/** Damage behind the entries of a segment that could be read; the survey is of what follows them. */
export function damaged(
  scan: SegmentScan,
  survey: TailSurvey,
  header: SegmentHeader,
  { lastLsn, isLast }: SegmentRange,
): Corruption {
  const lsn = scan.tail.lsn + 1;
  const isNothingThere = survey.nonZeroEnd === scan.end;
  return {
    kind: "corrupt",
    reason: isNothingThere ? "missing" : (scan.fault ?? "sequence"),
    lsn,
    throughLsn: survey.firstFrameLsn > lsn ? survey.firstFrameLsn - 1 : lastLsn,
    segment: header.base.lsn + 1,
    offset: scan.end,
    base: header.base,
    lastLsn: isLast ? Math.max(lastLsn, survey.lastFrameLsn) : lastLsn,
    isLast,
  };
}
