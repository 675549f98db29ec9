import { bytesEqual, type Checksums } from "../shard/checksums.ts";
import type { Frame } from "../shard/frame.ts";
import type { Disk, DiskAccess, DiskFile } from "./disk.ts";
import { readLastSegment } from "./last-segment.ts";
import { INDEX_ENDING, indexName, listSegments, segmentName, TEMPORARY, walDirectory } from "./log-files.ts";
import { type LogIntent, readIntent, removeIntent } from "./log-intent.ts";
import { LOG_START, type LogIdentity, type LogTail, sameIdentity } from "./log-tail.ts";
import type { RecoveryVerdict } from "./recovery-verdict.ts";
import { readSealedSegment, type SegmentReading } from "./sealed-segment.ts";
import { type SegmentRange, unreadable } from "./segment-damage.ts";
import { readSegmentHeader, type SegmentHeader } from "./segment-header.ts";
import { type SegmentColumns, SegmentIndex } from "./segment-index.ts";
import { removeSegments } from "./segment-removal.ts";

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
  readonly #reading: SegmentReading;
  readonly #segments: SegmentColumns[] = [];
  #identity: LogIdentity | undefined;
  #tail: LogTail = LOG_START;
  #appendOffset: number | undefined;
  /** Everything up to here was synced, by the evidence so far. */
  #knownLsn: number;

  constructor(disk: Disk, directory: string, options: RecoveryOptions) {
    this.#disk = disk;
    this.#directory = directory;
    this.#reading = { disk, directory, ...options };
    this.#knownLsn = Math.max(options.appliedLsn, options.peerAckedLsn);
  }

  run(): RecoveredLog {
    this.#settleNames();
    const verdict = this.#readLog(readIntent(this.#disk, this.#directory, this.#reading.checksums));
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
    if (intent === "damaged") return unreadable("intent", lastRange(0, 0), this.#tail);
    if (intent !== undefined) this.#removeSegmentsOf(intent);
    const firstLsns = listSegments(this.#disk, this.#directory);
    this.#removeStaleIndexes(firstLsns.slice(0, -1));
    for (const [at, firstLsn] of firstLsns.entries()) {
      const nextLsn = firstLsns[at + 1];
      const verdict =
        nextLsn === undefined ? this.#readLast(firstLsn, intent) : this.#readSealed(firstLsn, nextLsn - 1);
      if (nextLsn === undefined || verdict.kind === "corrupt") return verdict;
    }
    if (this.#tail.lsn >= this.#knownLsn) return CLEAN;
    return unreadable("missing", lastRange(this.#tail.lsn + 1, this.#knownLsn), this.#tail);
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

  #readSealed(firstLsn: number, lastLsn: number): RecoveryVerdict {
    const range = { firstLsn, lastLsn, isLast: false };
    return this.#withSegment(range, "read", (file, header) => {
      const { columns, tail, damage } = readSealedSegment(this.#reading, file, header, range);
      this.#segments.push(columns);
      this.#tail = tail;
      return damage ?? CLEAN;
    });
  }

  #readLast(firstLsn: number, cut: LogIntent | undefined): RecoveryVerdict {
    const range = lastRange(firstLsn, Math.max(firstLsn, this.#knownLsn));
    return this.#withSegment(range, "write", (file, header) => {
      const last = readLastSegment(this.#reading, file, header, this.#knownLsn, cut?.base.lsn);
      if (cut !== undefined && last.verdict.kind === "clean") removeIntent(this.#disk, this.#directory);
      this.#segments.push(last.columns);
      this.#tail = last.tail;
      this.#appendOffset = last.appendOffset;
      this.#knownLsn = last.knownLsn;
      return last.verdict;
    });
  }

  /** Opens a segment and checks that its header continues the log. */
  #withSegment(
    range: SegmentRange,
    access: DiskAccess,
    read: (file: DiskFile, header: SegmentHeader) => RecoveryVerdict,
  ): RecoveryVerdict {
    const { firstLsn } = range;
    const file = this.#disk.openFile(`${this.#directory}/${segmentName(firstLsn)}`, access);
    try {
      const header = readSegmentHeader(file, this.#reading.checksums);
      if (header?.base.lsn !== firstLsn - 1) return unreadable("segment-header", range, this.#tail);
      this.#identity ??= { incarnation: header.incarnation, shardId: header.shardId };
      if (!sameIdentity(this.#identity, header)) return unreadable("foreign-segment", range, this.#tail);
      const continues = this.#segments.length === 0 || bytesEqual(header.base.chain, this.#tail.chain);
      return continues ? read(file, header) : unreadable("chain", range, this.#tail);
    } finally {
      file.close();
    }
  }
}

function lastRange(firstLsn: number, lastLsn: number): SegmentRange {
  return { firstLsn, lastLsn, isLast: true };
}
