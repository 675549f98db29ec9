import type { Checksums } from "../shard/checksums.ts";
import type { Frame } from "../shard/frame.ts";
import { ActiveSegment, entryBytes } from "./active-segment.ts";
import type { Disk } from "./disk.ts";
import { SEGMENT_ID_BYTES } from "./envelope.ts";
import { indexName, segmentName, TEMPORARY, walDirectory } from "./log-files.ts";
import {
  LOG_START,
  type LogIdentity,
  type LogTail,
  type SequenceFault,
  sequenceFault,
  tailOf,
} from "./log-tail.ts";
import { fileParts, type QuarantineCopy, quarantine } from "./quarantine.ts";
import type { Corruption } from "./recovery-verdict.ts";
import { encodeSegmentHeader, SEGMENT_DATA_OFFSET, type SegmentHeader } from "./segment-header.ts";
import { zeroFill } from "./zero-fill.ts";

export type RebuildOptions = {
  readonly disk: Disk;
  readonly shardDirectory: string;
  readonly checksums: Checksums;
  readonly randomBytes: (length: number) => Uint8Array;
};

/** Ending of a quarantine copy of a whole segment file. */
const DAMAGED_ENDING = ".damaged";

/** Why a peer's frames cannot replace a segment. */
export type RebuildFault = SequenceFault | "incomplete";

/**
 * Replaces a damaged segment by one made of a peer's frames, which have to be the segment's whole
 * range and continue the log before it; a fault says in what they do not fit, and nothing was
 * changed. The damaged file is copied to quarantine first; the swap is one rename, so that a crash
 * leaves the one file or the other. Recover again afterwards.
 */
export function rebuildSegment(
  options: RebuildOptions,
  identity: LogIdentity,
  damage: Corruption,
  frames: readonly Frame[],
): QuarantineCopy | RebuildFault {
  const base = damage.base ?? baseOf(frames);
  const fault = rangeFault(identity, damage, base, frames);
  if (fault !== undefined) return fault;
  const directory = walDirectory(options.shardDirectory);
  const path = `${directory}/${segmentName(damage.segment)}`;
  const { copy, sizeBytes } = copyDamaged(options, damage, path);
  const header = { ...identity, segmentId: options.randomBytes(SEGMENT_ID_BYTES), base };
  writeSegment(options, path + TEMPORARY, header, sizeBytes, frames);
  options.disk.remove(`${directory}/${indexName(damage.segment)}`);
  options.disk.rename(path + TEMPORARY, path);
  options.disk.syncDirectory(directory);
  return copy;
}

/** The log before some frames, as far as the first of them tells. */
function baseOf([first]: readonly Frame[]): LogTail {
  return first === undefined ? LOG_START : { lsn: first.firstLsn - 1, generation: 0, chain: first.prevChain };
}

function rangeFault(
  identity: LogIdentity,
  damage: Corruption,
  base: LogTail,
  frames: readonly Frame[],
): RebuildFault | undefined {
  let tail = base;
  for (const frame of frames) {
    const fault = sequenceFault(frame, tail, identity);
    if (fault !== undefined) return fault;
    tail = tailOf(frame);
  }
  const isWhole = damage.isLast ? tail.lsn >= damage.lastLsn : tail.lsn === damage.lastLsn;
  return base.lsn === damage.segment - 1 && isWhole ? undefined : "incomplete";
}

function copyDamaged(
  { disk, shardDirectory }: RebuildOptions,
  damage: Corruption,
  path: string,
): { copy: QuarantineCopy; sizeBytes: number } {
  const file = disk.openFile(path, "read");
  try {
    const range = { firstLsn: damage.segment, lastLsn: damage.lastLsn, ending: DAMAGED_ENDING };
    return { copy: quarantine(disk, shardDirectory, range, fileParts(file)), sizeBytes: file.size() };
  } finally {
    file.close();
  }
}

/** Writes a whole segment of at least the size of the damaged one, durably. */
function writeSegment(
  { disk, checksums }: RebuildOptions,
  path: string,
  header: SegmentHeader,
  sizeBytesMin: number,
  frames: readonly Frame[],
): void {
  const needed = frames.reduce((sum, frame) => sum + entryBytes(frame), SEGMENT_DATA_OFFSET);
  disk.remove(path);
  const file = disk.createFile(path);
  try {
    zeroFill(file, 0, Math.max(sizeBytesMin, needed));
    file.write([encodeSegmentHeader(header, checksums)], 0);
    const segment = new ActiveSegment(file, header, SEGMENT_DATA_OFFSET, 0, checksums);
    for (const frame of frames) segment.put(frame, header.base.lsn);
    segment.flush();
    segment.mark(frames.at(-1)?.lastLsn ?? header.base.lsn);
    file.syncData();
  } finally {
    file.close();
  }
}
