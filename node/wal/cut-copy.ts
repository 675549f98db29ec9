import { assert } from "../../common/assert.ts";
import type { Checksums } from "../shard/checksums.ts";
import type { Disk } from "./disk.ts";
import type { FrameDirectory } from "./frame-directory.ts";
import { walDirectory } from "./log-files.ts";
import { type LogTail, tailOf } from "./log-tail.ts";
import { type QuarantineCopy, quarantine } from "./quarantine.ts";
import { SegmentFiles } from "./segment-files.ts";

/** Ending of a quarantine copy that holds frames one behind the other. */
const FRAMES_ENDING = ".frames";

export type CutCopy = {
  /** The last record that stays. */
  readonly base: LogTail;
  readonly copy: QuarantineCopy;
};

/** Copies the frames behind an LSN that ends a frame to quarantine. */
export function copyBeforeCut(
  disk: Disk,
  shardDirectory: string,
  frames: FrameDirectory,
  lsn: number,
  checksums: Checksums,
): CutCopy {
  const files = new SegmentFiles(disk, walDirectory(shardDirectory), checksums);
  try {
    const base = positionAt(frames, files, lsn);
    const range = { firstLsn: lsn + 1, lastLsn: frames.lastLsn, ending: FRAMES_ENDING };
    return { base, copy: quarantine(disk, shardDirectory, range, framesBehind(frames, files, lsn)) };
  } finally {
    files.close();
  }
}

function positionAt(frames: FrameDirectory, files: SegmentFiles, lsn: number): LogTail {
  if (lsn < frames.firstLsn) return files.header(frames.firstLsn).base;
  const frame = files.frame(frames.find(lsn));
  assert(frame.lastLsn === lsn, "a cut is at a frame boundary");
  return tailOf(frame);
}

function* framesBehind(frames: FrameDirectory, files: SegmentFiles, lsn: number): Generator<Uint8Array> {
  for (let next = lsn + 1; next <= frames.lastLsn; ) {
    const frame = files.frame(frames.find(next));
    yield frame.bytes;
    next = frame.lastLsn + 1;
  }
}
