import { Kind } from "../../../common/batch/kinds.ts";
import { FrameRows } from "../../../node/shard/frame.ts";
import { State } from "../../../node/shard/reservation-table.ts";
import type { ShardState } from "../../../node/shard/shard-state.ts";
import { findToken } from "./find-token.ts";
import type { MemoryLog } from "./memory-log.ts";

/** Everything a state holds, as plain data: equal summaries, equal states. Empties the expiry queue. */
export function stateSummary(state: ShardState, log: MemoryLog): unknown {
  const reservations: unknown[] = [];
  state.reservations.forEach((...reservation) => reservations.push(reservation));
  const expiring: number[] = [];
  state.reservations.forEachExpiring((lsn) => expiring.push(lsn));
  return {
    appliedLsn: state.appliedLsn,
    lineage: state.lineage,
    issuers: Array.from({ length: state.issuers.count }, (_, number) => state.issuers.row(number)),
    reservations,
    expiring,
    expiries: openExpiries(state),
    tokenCount: state.tokens.count,
    tokens: tokenLsns(state, log),
  };
}

function openExpiries(state: ShardState): unknown[] {
  const expiries: unknown[] = [];
  for (;;) {
    const next = state.expiries.takeDue(Number.POSITIVE_INFINITY);
    if (next === undefined) return expiries;
    if (state.reservations.state(next.lsn) === State.OPEN) expiries.push(next);
  }
}

/** For each token in the log, the LSN under which the state finds it. */
function tokenLsns(state: ShardState, log: MemoryLog): number[] {
  const lsns: number[] = [];
  for (const frame of log.range(1, state.appliedLsn)) {
    const rows = new FrameRows(frame);
    for (let row = 0; row < frame.count; row++) {
      const at = rows.rowOffset(row);
      if (rows.kindAt(at) === Kind.START || rows.kindAt(at) === Kind.EXPIRE) continue;
      lsns.push(findToken(state, log, rows.issuerAt(at), rows.tokenAt(at)));
    }
  }
  return lsns;
}
