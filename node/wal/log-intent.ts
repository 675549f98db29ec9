import { CHAIN_BYTES, type Checksums } from "../shard/checksums.ts";
import type { Disk } from "./disk.ts";
import { readWholeFile, replaceFile } from "./log-files.ts";
import type { LogIdentity, LogTail } from "./log-tail.ts";

/**
 * Cutting a tail or starting a log anew takes several writes that a crash could separate. The
 * intent is written first, whole and durable; whoever opens the log finishes what it says and
 * then removes it.
 */
export const INTENT_NAME = "intent";
const INTENT_MAGIC = 0x31495048; // "HPI1"
const INTENT_BYTES = 96;
const KINDS = ["cut", "reset"] as const;

/** Offsets within an intent. Integers are little-endian. */
const Intent = {
  MAGIC: 0,
  KIND: 4,
  LSN: 8,
  GENERATION: 16,
  CHAIN: 24,
  INCARNATION: 56,
  SHARD_ID: 72,
  CRC: 92,
} as const;

export type LogIntent = LogIdentity & {
  /** `cut`: remove every record behind the base. `reset`: remove all segments, go on behind the base. */
  readonly kind: (typeof KINDS)[number];
  /** The last position that stays, or that the new log continues. */
  readonly base: LogTail;
};

/** Makes an intent durable. */
export function writeIntent(disk: Disk, directory: string, intent: LogIntent, checksums: Checksums): void {
  const bytes = new Uint8Array(INTENT_BYTES);
  const view = new DataView(bytes.buffer);
  view.setUint32(Intent.MAGIC, INTENT_MAGIC, true);
  view.setUint32(Intent.KIND, KINDS.indexOf(intent.kind), true);
  view.setBigUint64(Intent.LSN, BigInt(intent.base.lsn), true);
  view.setBigUint64(Intent.GENERATION, BigInt(intent.base.generation), true);
  bytes.set(intent.base.chain, Intent.CHAIN);
  bytes.set(intent.incarnation, Intent.INCARNATION);
  view.setUint32(Intent.SHARD_ID, intent.shardId, true);
  view.setUint32(Intent.CRC, checksums.crc32(bytes.subarray(0, Intent.CRC)), true);
  replaceFile(disk, directory, INTENT_NAME, bytes);
}

/** The intent a crash left behind: undefined when there is none, "damaged" when it cannot be read. */
export function readIntent(
  disk: Disk,
  directory: string,
  checksums: Checksums,
): LogIntent | "damaged" | undefined {
  const bytes = readWholeFile(disk, `${directory}/${INTENT_NAME}`);
  if (bytes === undefined) return undefined;
  if (bytes.byteLength !== INTENT_BYTES) return "damaged";
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const crc = checksums.crc32(bytes.subarray(0, Intent.CRC));
  const kind = KINDS[view.getUint32(Intent.KIND, true)];
  if (view.getUint32(Intent.MAGIC, true) !== INTENT_MAGIC || view.getUint32(Intent.CRC, true) !== crc)
    return "damaged";
  if (kind === undefined) return "damaged";
  return {
    kind,
    base: {
      lsn: Number(view.getBigUint64(Intent.LSN, true)),
      generation: Number(view.getBigUint64(Intent.GENERATION, true)),
      chain: bytes.slice(Intent.CHAIN, Intent.CHAIN + CHAIN_BYTES),
    },
    incarnation: bytes.slice(Intent.INCARNATION, Intent.INCARNATION + 16),
    shardId: view.getUint32(Intent.SHARD_ID, true),
  };
}

/** Removes an intent that has been carried out. */
export function removeIntent(disk: Disk, directory: string): void {
  disk.remove(`${directory}/${INTENT_NAME}`);
  disk.syncDirectory(directory);
}
