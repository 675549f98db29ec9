import type { DiskSpace } from "./disk.ts";

/**
 * What the room left on a volume allows. `ok`: everything. `refuse`: new reservations get
 * STORAGE_FULL, releases and other records that end something still pass. `resign`: a leader
 * gives its shards away while it can still write what that takes.
 */
export type DiskVerdict = "ok" | "refuse" | "resign";

/** Shares of the volume that have to be free, in percent. */
const REFUSE_BELOW_PERCENT = 15;
const RESIGN_BELOW_PERCENT = 5;
/** A verdict is lifted only this far above the line that brought it, so that it does not flap. */
const HYSTERESIS_PERCENT = 2;

/** The verdict for the room there is now, given the one before. */
export function diskVerdict({ freeBytes, totalBytes }: DiskSpace, before: DiskVerdict): DiskVerdict {
  const freePercent = totalBytes > 0 ? (freeBytes / totalBytes) * 100 : 0;
  if (freePercent < RESIGN_BELOW_PERCENT + lift(before === "resign")) return "resign";
  if (freePercent < REFUSE_BELOW_PERCENT + lift(before !== "ok")) return "refuse";
  return "ok";
}

function lift(isInForce: boolean): number {
  return isInForce ? HYSTERESIS_PERCENT : 0;
}
