import { seededRandom } from "../../common/random.ts";
import { nodeChecksums } from "../../node/wal/checksums.ts";
import type { Disk } from "../../node/wal/disk.ts";
import { segmentName } from "../../node/wal/log-files.ts";
import { LOG_START } from "../../node/wal/log-tail.ts";
import { type RecoveredLog, type RecoveryOptions, recover } from "../../node/wal/recovery.ts";
import { WalWriter, type WalWriterOptions } from "../../node/wal/wal-writer.ts";
import { TEST_IDENTITY } from "./frame-chain.ts";

/** Directory of the shard whose log tests write. */
export const SHARD_DIRECTORY = "/data/shard-7";
/** Directory of its segments. */
export const WAL_DIRECTORY = `${SHARD_DIRECTORY}/wal`;
/** Path of a segment of the log by its first LSN. */
export function segmentPath(firstLsn: number): string {
  return `${WAL_DIRECTORY}/${segmentName(firstLsn)}`;
}

/** Segments small enough to rotate after a few frames. */
const SMALL_SEGMENTS = { bytesMin: 8192, bytesMax: 16384, growWithinMs: 0 };

const randomBytes = seededRandom(20261122);

/** Options of a writer of the test shard. */
export function writerOptions(disk: Disk, changes: Partial<WalWriterOptions> = {}): WalWriterOptions {
  return {
    disk,
    shardDirectory: SHARD_DIRECTORY,
    checksums: nodeChecksums,
    sizing: SMALL_SEGMENTS,
    randomBytes: (length) => randomBytes.bytes(length),
    monotonicMs: () => 0,
    ...changes,
  };
}

/** Recovers the log of the test shard. */
export function recoverTestLog(disk: Disk, changes: Partial<RecoveryOptions> = {}): RecoveredLog {
  const options = { checksums: nodeChecksums, appliedLsn: 0, peerAckedLsn: 0, scanFromLsn: 1, ...changes };
  return recover(disk, SHARD_DIRECTORY, options);
}

/** Recovers the log of the test shard and opens it for writing; starts it when there is none. */
export function openTestLog(disk: Disk, changes: Partial<WalWriterOptions> = {}): WalWriter {
  const recovered = recoverTestLog(disk);
  const writer = new WalWriter(writerOptions(disk, changes), recovered);
  if (recovered.identity === undefined) writer.reset(TEST_IDENTITY, LOG_START);
  return writer;
}
