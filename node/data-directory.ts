import type { Clock } from "../common/clock.ts";
import type { Service } from "../common/service.ts";
import { assert } from "../common/assert.ts";
import { Lanes, type LanesOptions } from "./runtime/lanes.ts";
import { pause, type Timers } from "./runtime/timers.ts";
import { StorageError } from "./storage/storage-error.ts";

/** A process that is being replaced gets this long to let go of the data directory, milliseconds. */
const LOCK_WAIT_MS = 3_000;
const LOCK_RETRY_MS = 100;

/** The node's disk: opened first, closed last. */
export class DataDirectory implements Service {
  readonly name = "data_directory";
  readonly #options: LanesOptions;
  readonly #clock: Clock;
  readonly #timers: Timers;
  #lanes: Lanes | undefined;

  constructor(options: LanesOptions, clock: Clock, timers: Timers) {
    this.#options = options;
    this.#clock = clock;
    this.#timers = timers;
  }

  /** The open disk; only while the service runs. */
  get lanes(): Lanes {
    assert(this.#lanes !== undefined, "the data directory is open");
    return this.#lanes;
  }

  async run(): Promise<void> {
    const deadlineMs = this.#clock.monotonicMs() + LOCK_WAIT_MS;
    while (this.#lanes === undefined) {
      try {
        this.#lanes = await Lanes.open(this.#options);
      } catch (error) {
        const isLocked = error instanceof StorageError && error.fault === "locked";
        if (!isLocked || this.#clock.monotonicMs() >= deadlineMs) throw error;
        await pause(this.#timers, LOCK_RETRY_MS);
      }
    }
  }

  async stop(): Promise<void> {
    await this.#lanes?.close();
  }
}
