import type { LogView } from "../shard/log-view.ts";
import { ShardState } from "../shard/shard-state.ts";
import type { Checkpoint } from "../storage/checkpoint.ts";

/** Records replayed before other work of the process gets a turn. */
const RECORDS_PER_SLICE = 16_384;

/** What a restored state is made of. */
export type RestoreSource = {
  readonly checkpoint: Checkpoint | undefined;
  readonly tokenHashKey: Uint32Array;
  readonly log: LogView;
  /** Last LSN of the recovered log. */
  readonly tailLsn: number;
  /** Lets the event loop turn. */
  readonly nextTurn: () => Promise<void>;
};

/**
 * Rebuilds a shard's state at boot: the checkpoint, the tokens younger than its last sealed run,
 * then the records after it that the log itself proves committed. What is newer stays in doubt until
 * the generation's leader says otherwise.
 */
export async function restoreState(source: RestoreSource): Promise<ShardState> {
  const { checkpoint, log, tailLsn } = source;
  const state = new ShardState(source.tokenHashKey);
  if (checkpoint !== undefined) fillTables(state, checkpoint);
  await eachFrame(source, state.tokens.sealedThroughLsn + 1, state.appliedLsn, (lsn) => {
    const frame = log.frameAt(lsn);
    state.replayTokens(frame);
    return frame.lastLsn;
  });
  state.restoreExpiries(log);
  const committedLsn = tailLsn === 0 ? 0 : log.frameAt(tailLsn).commitLsnHint;
  await eachFrame(source, state.appliedLsn + 1, committedLsn, (lsn) => {
    const frame = log.frameAt(lsn);
    state.applyFrame(frame);
    return frame.lastLsn;
  });
  return state;
}

function fillTables(state: ShardState, checkpoint: Checkpoint): void {
  for (const row of checkpoint.issuers) state.issuers.restore(row);
  for (const { index, bytes } of checkpoint.reservationChunks) state.reservations.restore(index, bytes);
  for (const run of checkpoint.tokenRuns) state.tokens.restore(run);
  state.restored(checkpoint.appliedLsn, checkpoint.lineage);
}

/** Visits the frames from one LSN through another; the visitor returns the last LSN it covered. */
async function eachFrame(
  { nextTurn }: RestoreSource,
  fromLsn: number,
  throughLsn: number,
  visit: (lsn: number) => number,
): Promise<void> {
  let sliceEndLsn = fromLsn + RECORDS_PER_SLICE;
  for (let lsn = fromLsn; lsn <= throughLsn; ) {
    lsn = visit(lsn) + 1;
    if (lsn < sliceEndLsn) continue;
    sliceEndLsn = lsn + RECORDS_PER_SLICE;
    await nextTurn();
  }
}
