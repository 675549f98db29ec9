import type { Timers } from "./timers.ts";

/** How long frames for asynchronous followers are gathered, milliseconds: a frame costs much, bytes little. */
const SHIP_DELAY_MS = 5;

/** Lets shards send what their asynchronous followers lack, gathered over a few milliseconds. */
export class Shipper {
  readonly #timers: Timers;
  readonly #waiting = new Set<() => void>();
  #isPlanned = false;

  constructor(timers: Timers) {
    this.#timers = timers;
  }

  /** Calls a shard's task once within the next few milliseconds. */
  request(ship: () => void): void {
    this.#waiting.add(ship);
    if (this.#isPlanned) return;
    this.#isPlanned = true;
    this.#timers.after(SHIP_DELAY_MS, () => {
      this.#isPlanned = false;
      const waiting = [...this.#waiting];
      this.#waiting.clear();
      for (const each of waiting) each();
    });
  }
}
