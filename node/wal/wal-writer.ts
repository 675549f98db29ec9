import { assert } from "../../common/assert.ts";
import type { Checksums } from "../shard/checksums.ts";
import type { Frame } from "../shard/frame.ts";
import { ActiveSegment, entryBytes } from "./active-segment.ts";
import { copyBeforeCut } from "./cut-copy.ts";
import type { Disk, DiskFile } from "./disk.ts";
import { SEGMENT_ID_BYTES } from "./envelope.ts";
import { FrameDirectory } from "./frame-directory.ts";
import { createDurableDirectory, segmentName, walDirectory } from "./log-files.ts";
import { type LogIntent, removeIntent, writeIntent } from "./log-intent.ts";
import { type LogIdentity, type LogTail, sequenceFault, tailOf } from "./log-tail.ts";
import { NextSegment, type SegmentSizing } from "./next-segment.ts";
import type { QuarantineCopy } from "./quarantine.ts";
import { type RecoveredLog, recover } from "./recovery.ts";
import { saveIndex } from "./sealed-segment.ts";
import { readSegmentHeader, SEGMENT_DATA_OFFSET } from "./segment-header.ts";
import type { FramePlacement } from "./segment-index.ts";
import { removeSegments } from "./segment-removal.ts";
import { WalCorruption } from "./wal-corruption.ts";

export type WalWriterOptions = {
  readonly disk: Disk;
  readonly shardDirectory: string;
  readonly checksums: Checksums;
  readonly sizing: SegmentSizing;
  /** Unpredictable bytes: stored user bytes must not be able to contain a segment's id. */
  readonly randomBytes: (length: number) => Uint8Array;
  readonly monotonicMs: () => number;
};

/**
 * Writes the log of one shard. Invariants: LSNs are dense, each frame continues the chain of the
 * one before, all are of one incarnation; a segment is durable as a whole before the next one has
 * a name; nothing counts as synced that was written after its sync began.
 *
 * Any failure is final: nobody knows what reached the disk, so every later call throws the same
 * error, and the process has to end and recover.
 */
export class WalWriter {
  readonly #options: WalWriterOptions;
  readonly #directory: string;
  #next: NextSegment;
  #identity: LogIdentity | undefined;
  #frames: FrameDirectory;
  #tail: LogTail;
  #syncedLsn = 0;
  /** What {@link markSynced} will declare durable. */
  #syncingLsn = 0;
  #hasUnsynced = false;
  #active: ActiveSegment | undefined;
  #failure: { readonly error: unknown } | undefined;

  /** Goes on where a recovery ended; a log that was found corrupt has to be rebuilt first. */
  constructor(options: WalWriterOptions, recovered: RecoveredLog) {
    this.#options = options;
    this.#directory = walDirectory(options.shardDirectory);
    this.#next = new NextSegment(options.disk, this.#directory, options.sizing);
    this.#frames = new FrameDirectory(recovered.segments);
    this.#tail = recovered.tail;
    this.#adopt(recovered);
  }

  /** The last record that was written, durable or not. */
  get tail(): LogTail {
    return this.#tail;
  }

  /** Last LSN that is durable on this node's disk. */
  get syncedLsn(): number {
    return this.#syncedLsn;
  }

  /** Lowest LSN that is still there, or would be. */
  get firstLsn(): number {
    return this.#frames.firstLsn;
  }

  /**
   * Writes frames that continue the log, in order. They are durable after the files of
   * {@link pendingSync} have been synced and {@link markSynced} was called.
   */
  append(frames: readonly Frame[]): FramePlacement[] {
    return this.#orFail(() => {
      const placements = frames.map((frame) => this.#put(frame));
      this.#active?.flush();
      return placements;
    });
  }

  /** The files to sync for everything written so far; hand them to `syncTogether` with those of other shards. */
  pendingSync(): DiskFile[] {
    return this.#orFail(() => {
      if (this.#active === undefined || !this.#hasUnsynced) return [];
      this.#syncingLsn = this.#tail.lsn;
      this.#hasUnsynced = false;
      return [this.#active.file];
    });
  }

  /** Everything written before the last {@link pendingSync} is durable. */
  markSynced(): void {
    this.#syncedLsn = Math.max(this.#syncedLsn, this.#syncingLsn);
  }

  /** Makes everything written durable before it returns. */
  sync(): void {
    this.#orFail(() => {
      for (const file of this.pendingSync()) file.syncData();
      this.markSynced();
    });
  }

  /**
   * Writes how far the log is durable behind its last entry, to be synced with the next round.
   * Does for an idle shard what the next entry's envelope does for a busy one, and proves on the
   * way that the disk still takes writes.
   */
  mark(): void {
    this.#orFail(() => {
      if (this.#active === undefined) return;
      this.#active.mark(this.#syncedLsn);
      this.#hasUnsynced = true;
    });
  }

  /**
   * Zero-fills one piece of the segment to come, durably, once the current one is half full; call
   * it between rounds. Returns the bytes still to do.
   */
  prepareNext(budgetBytes: number): number {
    return this.#orFail(() => {
      const active = this.#active;
      if (active === undefined || active.offset * 2 < active.sizeBytes) return 0;
      return this.#next.prepare(budgetBytes);
    });
  }

  /**
   * Cuts every record behind an LSN that ends a frame, after a verified copy of their frames has
   * gone to quarantine. Derived state must not reach beyond the LSN any more. Returns the copy,
   * undefined when there was nothing to cut.
   */
  truncateAfter(lsn: number): QuarantineCopy | undefined {
    return this.#orFail(() => {
      this.sync();
      if (lsn === this.#tail.lsn) return undefined;
      const { disk, shardDirectory, checksums } = this.#options;
      const { base, copy } = copyBeforeCut(disk, shardDirectory, this.#frames, lsn, checksums);
      this.#carryOut({ ...this.#known(), kind: "cut", base });
      return copy;
    });
  }

  /** Removes the segments that hold only records below an LSN; returns the lowest LSN that stays. */
  truncateBefore(lsn: number): number {
    return this.#orFail(() => {
      const before = this.#frames.segments;
      this.#frames.truncateBefore(lsn);
      const gone = before.filter((firstLsn) => firstLsn < this.#frames.firstLsn);
      removeSegments(this.#options.disk, this.#directory, gone);
      return this.#frames.firstLsn;
    });
  }

  /**
   * Starts an empty log behind a position: for a new shard, a restored one, or one whose state
   * came by snapshot. What was there is removed; divergent records must have been cut before.
   */
  reset(identity: LogIdentity, base: LogTail): void {
    this.#orFail(() => {
      createDurableDirectory(this.#options.disk, this.#options.shardDirectory);
      createDurableDirectory(this.#options.disk, this.#directory);
      this.#carryOut({ ...identity, kind: "reset", base });
    });
  }

  /** Leaves a mark when all is durable, and closes the files. */
  close(): void {
    try {
      if (this.#failure !== undefined || this.#hasUnsynced) return;
      this.mark();
      this.sync();
    } finally {
      this.#closeFiles();
    }
  }

  #put(frame: Frame): FramePlacement {
    const fault = sequenceFault(frame, this.#tail, this.#known());
    assert(fault === undefined, `frame at LSN ${frame.firstLsn} does not continue the log: ${fault}`);
    const active = this.#segmentFor(frame);
    const { firstLsn, lastLsn } = frame;
    const offset = active.put(frame, this.#syncedLsn);
    const segment = this.#frames.last.segment;
    const placement = { firstLsn, lastLsn, segment, offset, length: frame.bytes.byteLength };
    this.#frames.add(placement);
    this.#tail = tailOf(frame);
    this.#hasUnsynced = true;
    return placement;
  }

  /** The segment that takes a frame: the current one, or the next after sealing it. */
  #segmentFor(frame: Frame): ActiveSegment {
    const full = this.#active;
    assert(full !== undefined, "a log begins with a reset");
    if (full.hasRoom(frame)) return full;
    full.flush();
    this.sync();
    const isEmpty = this.#frames.last.count === 0;
    const active = this.#startSegment(entryBytes(frame));
    // An empty segment that is too small gives its name to the one that replaced it.
    if (!isEmpty) this.#seal(full);
    full.file.close();
    return active;
  }

  /** Saves what is known of a segment that gets no more frames; the next one is there already. */
  #seal(full: ActiveSegment): void {
    const { disk, checksums, monotonicMs } = this.#options;
    const index = { columns: this.#frames.last.columns(), tail: this.#tail };
    saveIndex(disk, this.#directory, index, full.header.segmentId, checksums);
    this.#frames.addSegment(this.#tail.lsn + 1);
    this.#next.filledIn(monotonicMs() - full.openedMs);
  }

  /** Makes a segment behind the tail the active one. */
  #startSegment(bytesMin: number): ActiveSegment {
    const { checksums, randomBytes, monotonicMs } = this.#options;
    const header = { ...this.#known(), segmentId: randomBytes(SEGMENT_ID_BYTES), base: this.#tail };
    const file = this.#next.take(header, bytesMin, checksums);
    this.#active = new ActiveSegment(file, header, SEGMENT_DATA_OFFSET, monotonicMs(), checksums);
    return this.#active;
  }

  /** Does what an intent says by the way a crash would have it done: the recovery does it. */
  #carryOut(intent: LogIntent): void {
    const { disk, shardDirectory, checksums } = this.#options;
    writeIntent(disk, this.#directory, intent, checksums);
    this.#closeFiles();
    const scanFromLsn = intent.base.lsn + 1;
    this.#adopt(recover(disk, shardDirectory, { checksums, appliedLsn: 0, peerAckedLsn: 0, scanFromLsn }));
  }

  #adopt(recovered: RecoveredLog): void {
    const { disk, checksums, monotonicMs, sizing } = this.#options;
    const { verdict, identity, tail, segments, appendOffset } = recovered;
    if (verdict.kind === "corrupt") throw new WalCorruption(verdict);
    this.#identity = identity;
    this.#frames = new FrameDirectory(segments);
    this.#tail = tail;
    this.#syncedLsn = tail.lsn;
    this.#syncingLsn = tail.lsn;
    this.#next = new NextSegment(disk, this.#directory, sizing);
    if (identity === undefined) return;
    if (appendOffset === undefined) {
      this.#startSegment(0);
      removeIntent(disk, this.#directory);
      return;
    }
    const file = disk.openFile(`${this.#directory}/${segmentName(this.#frames.last.segment)}`, "write");
    const header = readSegmentHeader(file, checksums);
    assert(header !== undefined, "a recovered segment has a header");
    this.#active = new ActiveSegment(file, header, appendOffset, monotonicMs(), checksums);
  }

  #known(): LogIdentity {
    assert(this.#identity !== undefined, "a log begins with a reset");
    return this.#identity;
  }

  #closeFiles(): void {
    this.#active?.file.close();
    this.#active = undefined;
    this.#next.close();
  }

  #orFail<T>(work: () => T): T {
    if (this.#failure !== undefined) throw this.#failure.error;
    try {
      return work();
    } catch (error) {
      this.#failure = { error };
      throw error;
    }
  }
}
