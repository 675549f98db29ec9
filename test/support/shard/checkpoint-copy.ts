import type { LineageEntry } from "../../../node/shard/configuration.ts";
import type { IssuerRow } from "../../../node/shard/issuer-table.ts";
import { ShardState } from "../../../node/shard/shard-state.ts";
import type { TokenRun } from "../../../node/shard/token-index.ts";
import { TOKEN_HASH_KEY } from "./frame-author.ts";
import type { MemoryLog } from "./memory-log.ts";

/** What a checkpoint keeps of a state, gathered delta by delta as storage does. */
export class CheckpointCopy {
  readonly #issuers = new Map<number, IssuerRow>();
  readonly #chunks = new Map<number, Uint8Array>();
  readonly #runs: TokenRun[] = [];
  #appliedLsn = 0;
  #lineage: readonly LineageEntry[] = [];

  /** Takes over what changed since the last time. */
  save(state: ShardState): void {
    for (const row of state.issuers.takeDirty()) this.#issuers.set(row.number, row);
    for (const { index, bytes } of state.reservations.takeDirty()) this.#chunks.set(index, bytes);
    for (const run of state.tokens.takeSealed()) this.#runs.push(structuredClone(run));
    this.#appliedLsn = state.appliedLsn;
    this.#lineage = [...state.lineage];
  }

  /** A fresh state from the checkpoint and the rest of the log, up to an LSN. */
  restore(log: MemoryLog, appliedLsn: number): ShardState {
    const state = new ShardState(TOKEN_HASH_KEY);
    const rows = [...this.#issuers.values()].sort((a, b) => a.number - b.number);
    for (const row of rows) state.issuers.restore(row);
    for (const [index, bytes] of this.#chunks) state.reservations.restore(index, bytes.slice());
    for (const run of this.#runs) state.tokens.restore(structuredClone(run));
    state.restored(this.#appliedLsn, this.#lineage);
    const unsealed = log.frames.filter((frame) => frame.lastLsn > state.tokens.sealedThroughLsn);
    for (const frame of unsealed) if (frame.lastLsn <= this.#appliedLsn) state.replayTokens(frame);
    state.restoreExpiries(log);
    for (const frame of log.range(this.#appliedLsn + 1, appliedLsn)) state.applyFrame(frame);
    return state;
  }
}
