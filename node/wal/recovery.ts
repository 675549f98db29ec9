import { bytesEqual, type Checksums } from "../shard/checksums.ts";
import type { Frame } from "../shard/frame.ts";
import type { Disk, DiskAccess, DiskFile } from "./disk.ts";
import { ENVELOPE_BYTES } from "./envelope.ts";
import { FileWindow } from "./file-window.ts";
import { rewrite, writeMark } from "./log-end.ts";
import { INDEX_ENDING, indexName, listSegments, segmentName, TEMPORARY, walDirectory } from "./log-files.ts";
import { type LogIntent, readIntent, removeIntent } from "./log-intent.ts";
import { LOG_START, type LogIdentity, type LogTail, sameIdentity } from "./log-tail.ts";
import type { Corruption, CorruptionReason, RecoveryVerdict } from "./recovery-verdict.ts";
import { loadIndex, saveIndex } from "./sealed-segment.ts";
import { readSegmentHeader, type SegmentHeader } from "./segment-header.ts";
import { type SegmentColumns, SegmentIndex } from "./segment-index.ts";
import { removeSegments } from "./segment-removal.ts";
import { type SegmentScan, scanSegment } from "./segment-scan.ts";
import { surveyTail, type TailSurvey } from "./tail-survey.ts";
import { zeroFill } from "./zero-fill.ts";

export type RecoveryOptions = {
  readonly checksums: Checksums;
  /** Highest LSN the derived state of this node has durably applied; it was synced here before. */
  readonly appliedLsn: number;
  /** Highest LSN this node has acknowledged to a peer, as far as the peer says; 0 when unknown. */
  readonly peerAckedLsn: number;
  /** Sealed segments that end below it are taken from their saved indexes and not read. */
  readonly scanFromLsn: number;
  /** Called with every frame read, in order; the frame is a view that is valid until it returns. */
  readonly visit?: (frame: Frame) => void;
};

/** A log as it was found and put in order: plain data, fit for a message to another thread. */
export type RecoveredLog = {
  readonly verdict: RecoveryVerdict;
  /** Undefined when there never was a log. */
  readonly identity: LogIdentity | undefined;
  /** The last record, durable with everything before it; the last one before the damage when corrupt. */
  readonly tail: LogTail;
  /** Highest LSN that was proved synced here before this recovery made the rest of the tail so. */
  readonly knownSyncedLsn: number;
  /** The frames of each segment; one empty segment when there is none yet. */
  readonly segments: readonly SegmentColumns[];
  /** Where the last segment goes on; undefined when its file has yet to be made. */
  readonly appendOffset: number | undefined;
};

/**
 * Opens the log of a shard after any crash: finishes an interrupted cut or reset, erases what an
 * unfinished write left behind the last record, and makes the tail durable. Damage to records that
 * had been synced is reported and left alone. A second recovery finds nothing to do.
 */
export function recover(disk: Disk, shardDirectory: string, options: RecoveryOptions): RecoveredLog {
  return new Recovery(disk, walDirectory(shardDirectory), options).run();
}

const CLEAN: RecoveryVerdict = { kind: "clean" };

class Recovery {
  readonly #disk: Disk;
  readonly #directory: string;
  readonly #options: RecoveryOptions;
  readonly #checksums: Checksums;
  readonly #segments: SegmentColumns[] = [];
  #identity: LogIdentity | undefined;
  #tail: LogTail = LOG_START;
  #appendOffset: number | undefined;
  /** Everything up to here was synced, by the evidence so far. */
  #knownLsn: number;

  constructor(disk: Disk, directory: string, options: RecoveryOptions) {
    this.#disk = disk;
    this.#directory = directory;
    this.#options = options;
    this.#checksums = options.checksums;
    this.#knownLsn = Math.max(options.appliedLsn, options.peerAckedLsn);
  }

  run(): RecoveredLog {
    this.#settleNames();
    const verdict = this.#readLog(readIntent(this.#disk, this.#directory, this.#checksums));
    if (this.#segments.length === 0) this.#segments.push(new SegmentIndex(this.#tail.lsn + 1).columns());
    return {
      verdict,
      identity: this.#identity,
      tail: this.#tail,
      knownSyncedLsn: this.#knownLsn,
      segments: this.#segments,
      appendOffset: this.#appendOffset,
    };
  }

  /** What is visible now must stay visible; what is left of unfinished work goes. */
  #settleNames(): void {
    const names = this.#disk.list(this.#directory);
    if (names.length === 0) return;
    this.#disk.syncDirectory(this.#directory);
    for (const name of names) if (name.endsWith(TEMPORARY)) this.#disk.remove(`${this.#directory}/${name}`);
  }

  #readLog(intent: LogIntent | "damaged" | undefined): RecoveryVerdict {
    if (intent === "damaged") return this.#unreadable("intent", 0, 0);
    if (intent !== undefined) this.#removeSegmentsOf(intent);
    const firstLsns = listSegments(this.#disk, this.#directory);
    this.#removeStaleIndexes(firstLsns.slice(0, -1));
    for (const [at, firstLsn] of firstLsns.entries()) {
      const isLast = at === firstLsns.length - 1;
      const verdict = isLast
        ? this.#readLast(firstLsn, intent)
        : this.#readSealed(firstLsn, firstLsns[at + 1] - 1);
      if (isLast || verdict.kind === "corrupt") return verdict;
    }
    return this.#tail.lsn < this.#knownLsn
      ? this.#unreadable("missing", this.#tail.lsn + 1, this.#knownLsn)
      : CLEAN;
  }

  /**
   * A reset takes all segments away; the writer makes the new first one and ends the intent. A cut
   * takes those that begin behind it, the last first.
   */
  #removeSegmentsOf({ kind, base, incarnation, shardId }: LogIntent): void {
    const isGone = (firstLsn: number) => kind === "reset" || firstLsn > base.lsn + 1;
    const gone = listSegments(this.#disk, this.#directory).filter(isGone).toReversed();
    removeSegments(this.#disk, this.#directory, gone);
    if (kind === "cut") return;
    this.#identity = { incarnation, shardId };
    this.#tail = base;
  }

  /** Only sealed segments have an index; one that outlived its time must not be believed later. */
  #removeStaleIndexes(sealed: readonly number[]): void {
    const current = new Set(sealed.map(indexName));
    const isStale = (name: string) => name.endsWith(INDEX_ENDING) && !current.has(name);
    const stale = this.#disk.list(this.#directory).filter(isStale);
    for (const name of stale) this.#disk.remove(`${this.#directory}/${name}`);
    if (stale.length > 0) this.#disk.syncDirectory(this.#directory);
  }

  /** A sealed segment was durable through its last LSN before the next one got its name. */
  #readSealed(firstLsn: number, lastLsn: number): RecoveryVerdict {
    return this.#withSegment(firstLsn, lastLsn, "read", (file, header) => {
      const saved = loadIndex(this.#disk, this.#directory, header, lastLsn, this.#checksums);
      if (saved !== undefined && lastLsn < this.#options.scanFromLsn) {
        this.#keep(saved.columns, saved.tail);
        return CLEAN;
      }
      const window = new FileWindow(file);
      const scan = scanSegment(window, header, lastLsn, this.#checksums, this.#options.visit);
      const columns = scan.index.columns();
      this.#keep(columns, scan.tail);
      if (scan.tail.lsn !== lastLsn) {
        return damaged(scan, surveyTail(window, scan.end, header, this.#checksums), header, lastLsn);
      }
      if (saved === undefined) {
        saveIndex(
          this.#disk,
          this.#directory,
          { columns, tail: scan.tail },
          header.segmentId,
          this.#checksums,
        );
      }
      return CLEAN;
    });
  }

  /** The segment that was being written: its end may be torn, and may have to be cut. */
  #readLast(firstLsn: number, cut: LogIntent | undefined): RecoveryVerdict {
    return this.#withSegment(firstLsn, Math.max(firstLsn, this.#knownLsn), "write", (file, header) => {
      const window = new FileWindow(file);
      const throughLsn = cut?.base.lsn ?? Number.POSITIVE_INFINITY;
      const scan = scanSegment(window, header, throughLsn, this.#checksums, this.#options.visit);
      this.#keep(scan.index.columns(), scan.tail);
      this.#appendOffset = scan.entriesEnd;
      this.#knownLsn = Math.max(this.#knownLsn, scan.syncedLsn);
      if (scan.tail.lsn === throughLsn) return this.#finishCut(file, header, scan);
      const survey = surveyTail(window, scan.end, header, this.#checksums);
      this.#knownLsn = Math.max(this.#knownLsn, survey.syncedLsn, cut?.base.lsn ?? 0);
      if (scan.tail.lsn < this.#knownLsn) return damaged(scan, survey, header, this.#knownLsn);
      return this.#settleTail(file, header, scan, survey);
    });
  }

  /**
   * Erases to the end of the file even what reads as zero: a failed flush may have left zeros in
   * the page cache only, and the old bytes on disk.
   */
  #finishCut(file: DiskFile, header: SegmentHeader, scan: SegmentScan): RecoveryVerdict {
    const syncedLsn = scan.tail.lsn;
    zeroFill(file, scan.entriesEnd, file.size());
    writeMark(file, scan.entriesEnd, { header, syncedLsn }, this.#checksums);
    file.syncData();
    removeIntent(this.#disk, this.#directory);
    this.#knownLsn = syncedLsn;
    return CLEAN;
  }

  /**
   * Makes the tail durable, says so in a mark, and only then erases what is torn: envelopes there
   * may be the only evidence of what had been synced.
   */
  #settleTail(file: DiskFile, header: SegmentHeader, scan: SegmentScan, survey: TailSurvey): RecoveryVerdict {
    const isTorn = survey.nonZeroEnd > scan.end;
    const isUnproved = scan.tail.lsn > this.#knownLsn;
    if (isUnproved) rewrite(file, scan.index.find(this.#knownLsn + 1).offset, scan.entriesEnd);
    if (isUnproved || (isTorn && scan.markLsn !== scan.tail.lsn)) {
      writeMark(file, scan.entriesEnd, { header, syncedLsn: scan.tail.lsn }, this.#checksums);
      file.syncData();
    }
    if (!isTorn) return CLEAN;
    zeroFill(file, scan.entriesEnd + ENVELOPE_BYTES, survey.nonZeroEnd);
    file.syncData();
    return { kind: "torn_tail_zeroed", lsn: scan.tail.lsn + 1, bytes: survey.nonZeroEnd - scan.end };
  }

  #keep(columns: SegmentColumns, tail: LogTail): void {
    this.#segments.push(columns);
    this.#tail = tail;
  }

  /** Opens a segment and checks that its header continues the log. */
  #withSegment(
    firstLsn: number,
    lastLsn: number,
    access: DiskAccess,
    read: (file: DiskFile, header: SegmentHeader) => RecoveryVerdict,
  ): RecoveryVerdict {
    const file = this.#disk.openFile(`${this.#directory}/${segmentName(firstLsn)}`, access);
    try {
      const header = readSegmentHeader(file, this.#checksums);
      if (header?.base.lsn !== firstLsn - 1) return this.#unreadable("segment-header", firstLsn, lastLsn);
      this.#identity ??= { incarnation: header.incarnation, shardId: header.shardId };
      if (!sameIdentity(this.#identity, header))
        return this.#unreadable("foreign-segment", firstLsn, lastLsn);
      const continues = this.#segments.length === 0 || bytesEqual(header.base.chain, this.#tail.chain);
      return continues ? read(file, header) : this.#unreadable("chain", firstLsn, lastLsn);
    } finally {
      file.close();
    }
  }

  /** Damage that leaves nothing of a segment to be believed. */
  #unreadable(reason: CorruptionReason, segment: number, lastLsn: number): Corruption {
    const base = this.#tail.lsn === segment - 1 ? this.#tail : undefined;
    return { kind: "corrupt", reason, lsn: segment, throughLsn: lastLsn, segment, offset: 0, base, lastLsn };
  }
}

/** Damage within a segment whose header is good. */
function damaged(scan: SegmentScan, survey: TailSurvey, header: SegmentHeader, knownLsn: number): Corruption {
  const lsn = scan.tail.lsn + 1;
  const nothingThere = survey.nonZeroEnd === scan.end;
  return {
    kind: "corrupt",
    reason: nothingThere ? "missing" : (scan.fault ?? "sequence"),
    lsn,
    throughLsn: survey.firstFrameLsn > lsn ? survey.firstFrameLsn - 1 : knownLsn,
    segment: header.base.lsn + 1,
    offset: scan.end,
    base: header.base,
    lastLsn: Math.max(knownLsn, survey.lastFrameLsn),
  };
}
