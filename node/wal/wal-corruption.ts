import type { CorruptionReason } from "./recovery-verdict.ts";

/** Synced bytes of a shard's log cannot be read back: the node stops serving that shard (WAL_CORRUPT). */
export class WalCorruption extends Error {
  readonly lsn: number;
  readonly segment: number;
  readonly offset: number;
  readonly reason: CorruptionReason;

  constructor(place: { lsn: number; segment: number; offset: number; reason: CorruptionReason }) {
    super(
      `log is corrupt at LSN ${place.lsn}, segment ${place.segment}, offset ${place.offset}: ${place.reason}`,
    );
    this.name = "WalCorruption";
    this.lsn = place.lsn;
    this.segment = place.segment;
    this.offset = place.offset;
    this.reason = place.reason;
  }
}
