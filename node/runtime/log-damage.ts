import { DiskError } from "../wal/disk.ts";
import { WalCorruption } from "../wal/wal-corruption.ts";

/** True for what reading a shard's log throws when it cannot be read back. */
export function isLogDamage(error: unknown): error is WalCorruption | DiskError {
  return error instanceof WalCorruption || error instanceof DiskError;
}
