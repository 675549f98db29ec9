import type { StateStore } from "../storage/state-store.ts";
import type { WalWriter } from "../wal/wal-writer.ts";

/** One open shard of a lane. */
export class LaneShard {
  readonly log: WalWriter;
  readonly state: StateStore;
  /** True when frames were written since the last probe. */
  isBusy = false;
  /** True when the log says behind its last entry that all of it is durable. */
  isMarked = true;

  constructor(log: WalWriter, state: StateStore) {
    this.log = log;
    this.state = state;
  }

  close(): void {
    this.log.close();
    this.state.close();
  }
}
