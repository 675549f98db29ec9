import { FrameRows } from "../../../node/shard/frame.ts";
import type { ShardState } from "../../../node/shard/shard-state.ts";
import type { MemoryLog } from "./memory-log.ts";

/** LSN of the record of a token, as every reader finds it; 0 when there is none. */
export function findToken(state: ShardState, log: MemoryLog, issuer: number, token: Uint8Array): number {
  return state.tokens.find(state.tokens.hash(issuer, token, 0), token, 0, (lsn) => {
    const frame = log.frameAt(lsn);
    const rows = new FrameRows(frame);
    const at = rows.rowOffset(lsn - frame.firstLsn);
    return rows.issuerAt(at) === issuer && Buffer.compare(rows.tokenAt(at), token) === 0;
  });
}
