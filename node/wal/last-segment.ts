import type { Checksums } from "../shard/checksums.ts";
import type { DiskFile } from "./disk.ts";
import { ENVELOPE_BYTES } from "./envelope.ts";
import { FileWindow } from "./file-window.ts";
import { rewrite, writeMark } from "./log-end.ts";
import type { LogTail } from "./log-tail.ts";
import type { RecoveryVerdict } from "./recovery-verdict.ts";
import type { SegmentReading } from "./sealed-segment.ts";
import { damaged } from "./segment-damage.ts";
import type { SegmentHeader } from "./segment-header.ts";
import type { SegmentColumns } from "./segment-index.ts";
import { type SegmentScan, scanSegment } from "./segment-scan.ts";
import { surveyTail, type TailSurvey } from "./tail-survey.ts";
import { zeroFill } from "./zero-fill.ts";

/** The segment that was being written, read and put in order. */
export type LastSegment = {
  readonly verdict: RecoveryVerdict;
  readonly columns: SegmentColumns;
  readonly tail: LogTail;
  readonly appendOffset: number;
  /** Highest LSN that was proved synced. */
  readonly knownLsn: number;
};

/**
 * Reads the last segment. What is invalid at its end is torn, and erased, when nothing says that
 * it was synced, and damage otherwise. With a cut everything behind that LSN is erased.
 *
 * @param evidenceLsn highest LSN that is proved synced by anything but this segment
 */
export function readLastSegment(
  { checksums, visit }: SegmentReading,
  file: DiskFile,
  header: SegmentHeader,
  evidenceLsn: number,
  cutLsn: number | undefined,
): LastSegment {
  const window = new FileWindow(file);
  const scan = scanSegment(window, header, cutLsn ?? Number.POSITIVE_INFINITY, checksums, visit);
  const { tail, entriesEnd } = scan;
  const found = { columns: scan.index.columns(), tail, appendOffset: entriesEnd };
  if (tail.lsn === cutLsn) {
    eraseBehind(file, header, scan, checksums);
    return { ...found, verdict: { kind: "clean" }, knownLsn: cutLsn };
  }
  const survey = surveyTail(window, scan.end, header, checksums);
  const knownLsn = Math.max(evidenceLsn, scan.syncedLsn, survey.syncedLsn, cutLsn ?? 0);
  const range = { firstLsn: header.base.lsn + 1, lastLsn: knownLsn, isLast: true };
  const verdict =
    tail.lsn < knownLsn
      ? damaged(scan, survey, header, range)
      : settle(file, header, scan, survey, knownLsn, checksums);
  return { ...found, verdict, knownLsn };
}

/**
 * Erases to the end of the file even what reads as zero: a failed flush may have left zeros in
 * the page cache only, and the old bytes on disk.
 */
function eraseBehind(file: DiskFile, header: SegmentHeader, scan: SegmentScan, checksums: Checksums): void {
  zeroFill(file, scan.entriesEnd, file.size());
  writeMark(file, scan.entriesEnd, { header, syncedLsn: scan.tail.lsn }, checksums);
  file.syncData();
}

/**
 * Makes the tail durable, says so in a mark, and only then erases what is torn: envelopes there
 * may be the only evidence of what had been synced.
 */
function settle(
  file: DiskFile,
  header: SegmentHeader,
  scan: SegmentScan,
  survey: TailSurvey,
  knownLsn: number,
  checksums: Checksums,
): RecoveryVerdict {
  const isTorn = survey.nonZeroEnd > scan.end;
  const isUnproved = scan.tail.lsn > knownLsn;
  if (isUnproved) rewrite(file, scan.index.find(knownLsn + 1).offset, scan.entriesEnd);
  if (isUnproved || (isTorn && scan.markLsn !== scan.tail.lsn)) {
    writeMark(file, scan.entriesEnd, { header, syncedLsn: scan.tail.lsn }, checksums);
    file.syncData();
  }
  if (!isTorn) return { kind: "clean" };
  zeroFill(file, scan.entriesEnd + ENVELOPE_BYTES, survey.nonZeroEnd);
  file.syncData();
  return { kind: "torn_tail_zeroed", lsn: scan.tail.lsn + 1, bytes: survey.nonZeroEnd - scan.end };
}
