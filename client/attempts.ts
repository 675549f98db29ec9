import { setTimeout as sleep } from "node:timers/promises";
import { Backoff } from "../common/backoff.ts";
import { StoreError } from "../common/errors/store-error.ts";
import type { Random } from "../common/random.ts";
import type { Deadline } from "./deadline.ts";

const PAUSES = { minMs: 50, maxMs: 2_000 };

/**
 * The attempts of one call. Pauses between them grow up to a bound and are drawn at random, so that
 * callers refused together do not return together; a server's hint is the least.
 *
 * Invariant: once an attempt may have taken effect, running out of time is never reported as
 * "not committed".
 */
export class Attempts {
  readonly #deadline: Deadline;
  readonly #random: Random;
  readonly #backoff: Backoff;
  #inDoubt = false;

  constructor(deadline: Deadline, random: Random) {
    this.#deadline = deadline;
    this.#random = random;
    this.#backoff = new Backoff(PAUSES, random);
  }

  /** Whether an attempt may have taken effect. */
  get inDoubt(): boolean {
    return this.#inDoubt;
  }

  /** Takes note that an attempt may have taken effect. */
  doubt(): void {
    this.#inDoubt = true;
  }

  /**
   * Waits before the next attempt.
   * @param error what the last one failed with; thrown when the time left allows no other, as
   *   COMMIT_OUTCOME_UNKNOWN if any attempt is in doubt
   */
  async pause(error: StoreError): Promise<void> {
    if (error.row.outcome === "UNKNOWN") this.doubt();
    const hintMs = (error.retryAfterMs ?? 0) * (1 + this.#random.fraction() / 2);
    const pauseMs = Math.max(this.#backoff.nextMs(), hintMs);
    if (pauseMs >= this.#deadline.remainingMs()) throw this.#final(error);
    await sleep(pauseMs);
  }

  #final(error: StoreError): StoreError {
    if (!this.#inDoubt || error.row.outcome === "UNKNOWN") return error;
    return new StoreError("COMMIT_OUTCOME_UNKNOWN", { message: error.message, cause: error });
  }
}
