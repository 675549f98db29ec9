import { StoreError } from "../../common/errors/store-error.ts";

/** Most callers that may wait on one shard. */
const WAITERS_MAX = 10_000;

type Waiter = {
  readonly lsn: number;
  readonly deadlineMs: number;
  readonly settle: (isDurable: boolean) => void;
};

/**
 * Callers that wait until records of one shard are durable in the remote region. Its owner says
 * when the position or the time moved; it holds no timers of its own.
 */
export class DurabilityWaiters {
  #waiters: Waiter[] = [];

  /**
   * Resolves to true once the remote is durable up to an LSN, to false when the time is up.
   * Throws OVERLOADED when too many wait.
   * @param deadlineMs monotonic time
   */
  wait(lsn: number, deadlineMs: number): Promise<boolean> {
    if (this.#waiters.length >= WAITERS_MAX) throw new StoreError("OVERLOADED");
    const { promise, resolve } = Promise.withResolvers<boolean>();
    this.#waiters.push({ lsn, deadlineMs, settle: resolve });
    return promise;
  }

  get isEmpty(): boolean {
    return this.#waiters.length === 0;
  }

  /** The remote is durable up to an LSN now. */
  onRemoteDurable(remoteDurableLsn: number): void {
    this.#settle((waiter) => (waiter.lsn <= remoteDurableLsn ? true : undefined));
  }

  /** Time has passed. */
  onTick(nowMs: number): void {
    this.#settle((waiter) => (waiter.deadlineMs <= nowMs ? false : undefined));
  }

  #settle(answerFor: (waiter: Waiter) => boolean | undefined): void {
    if (this.#waiters.length === 0) return;
    const waiting: Waiter[] = [];
    for (const waiter of this.#waiters) {
      const answer = answerFor(waiter);
      if (answer === undefined) waiting.push(waiter);
      else waiter.settle(answer);
    }
    this.#waiters = waiting;
  }
}
