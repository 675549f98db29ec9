import { StoreError } from "../../common/errors/store-error.ts";
import { isLogDamage } from "../runtime/log-damage.ts";

/** Runs a read; a log that cannot be read back becomes WAL_CORRUPT for the caller. */
export function guardedRead<T>(shardId: number, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!isLogDamage(error)) throw error;
    throw new StoreError("WAL_CORRUPT", { metadata: { shardId: String(shardId) }, cause: error });
  }
}
