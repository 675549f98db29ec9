import type { LogView } from "../shard/log-view.ts";
import type { ShardState } from "../shard/shard-state.ts";
import type { CheckpointDelta } from "../storage/checkpoint.ts";

/** Pause between two checkpoints of a shard, milliseconds. */
const PERIOD_MS = 2_000;
/** Records after which a checkpoint does not wait for the period. */
const RECORDS_MAX = 1_000_000;

/** Where deltas go; the promise is rejected only when the process is on its way out. */
type CheckpointSink = { writeCheckpoint(delta: CheckpointDelta): Promise<void> };

/**
 * Decides when a shard's state goes into a checkpoint: two seconds after the first change, sooner
 * when very much has changed, one at a time.
 */
export class CheckpointPacer {
  readonly #state: ShardState;
  readonly #log: LogView;
  readonly #sink: CheckpointSink;
  #checkpointedLsn: number;
  #finishedMs = 0;
  #running: Promise<void> | undefined;

  constructor(state: ShardState, log: LogView, sink: CheckpointSink, checkpointedLsn: number) {
    this.#state = state;
    this.#log = log;
    this.#sink = sink;
    this.#checkpointedLsn = checkpointedLsn;
  }

  /** Starts a checkpoint when one is due. */
  onTick(nowMs: number): void {
    const records = this.#state.appliedLsn - this.#checkpointedLsn;
    if (this.#running !== undefined || records === 0) return;
    if (records < RECORDS_MAX && nowMs - this.#finishedMs < PERIOD_MS) return;
    this.#start(() => {
      this.#finishedMs = nowMs;
    });
  }

  /** Brings the checkpoint up to the applied position; for the way out. */
  async finish(): Promise<void> {
    await this.#running;
    if (this.#state.appliedLsn > this.#checkpointedLsn) this.#start(() => {});
    await this.#running;
  }

  #start(onEnd: () => void): void {
    const delta = this.#takeDelta();
    this.#checkpointedLsn = delta.appliedLsn;
    this.#running = this.#sink.writeCheckpoint(delta).finally(() => {
      this.#running = undefined;
      onEnd();
    });
  }

  #takeDelta(): CheckpointDelta {
    const { appliedLsn, lineage, issuers, reservations, tokens } = this.#state;
    return {
      appliedLsn,
      appliedChain: this.#log.frameAt(appliedLsn).chain,
      generation: lineage.at(-1)?.generation ?? 0,
      lineage: [...lineage],
      issuers: issuers.takeDirty(),
      reservationChunks: reservations.takeDirty(),
      tokenRuns: tokens.takeSealed(),
    };
  }
}
