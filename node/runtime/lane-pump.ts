import type { Clock } from "../../common/clock.ts";
import { LaneFailure } from "./lane-failure.ts";
import type { LaneQueue, LaneWork, WaitingAppend } from "./lane-queue.ts";

export type LanePumpOptions = {
  readonly lane: number;
  readonly clock: Clock;
  /** Called once, with why nothing of this lane can be relied on any more. */
  readonly onFailure: (failure: LaneFailure) => void;
};

/**
 * Carries out what a lane's queue holds, one work at a time. After the first failure nothing is
 * carried out any more and everybody who waits is told.
 */
export class LanePump<Append extends WaitingAppend> {
  readonly #options: LanePumpOptions;
  readonly #queue: LaneQueue<Append>;
  #running: LaneWork | undefined;
  #failure: LaneFailure | undefined;
  /** Resolves when nothing is left to do; there while somebody waits for that. */
  #idle: PromiseWithResolvers<void> | undefined;

  constructor(queue: LaneQueue<Append>, options: LanePumpOptions) {
    this.#queue = queue;
    this.#options = options;
  }

  get failure(): LaneFailure | undefined {
    return this.#failure;
  }

  /** Age of the oldest thing that is to become durable and is not yet, milliseconds; 0 when there is none. */
  oldestOutstandingMs(): number {
    const running = this.#running?.durable === true ? this.#running.sinceMs : undefined;
    const sinceMs = running ?? this.#queue.oldestDurableMs();
    return sinceMs === undefined ? 0 : this.#options.clock.monotonicMs() - sinceMs;
  }

  append(append: Append): void {
    if (this.#failure !== undefined) return append.fail(this.#failure);
    this.#queue.addAppend(append);
    this.#plan();
  }

  /** Has an operation carried out; rejects with its error, which is the lane's when it says so. */
  operation<T>(durable: boolean, isFatal: (error: unknown) => boolean, call: () => Promise<T>): Promise<T> {
    const { work, promise } = this.#work(durable, isFatal, call);
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    this.#queue.addOperation(work);
    this.#plan();
    return promise;
  }

  /** Has a step of housekeeping carried out in a free moment. */
  housekeeping<T>(isUrgent: boolean, call: () => Promise<T>): Promise<T> {
    const { work, promise } = this.#work(false, () => true, call);
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    this.#queue.addHousekeeping(work, isUrgent);
    this.#plan();
    return promise;
  }

  /** Resolves when nothing is left to do, provided that nothing is added meanwhile. */
  becomeIdle(): Promise<void> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    this.#idle ??= Promise.withResolvers<void>();
    this.#plan();
    return this.#idle.promise;
  }

  /** Ends the lane; the first reason counts. */
  fail(cause: unknown): void {
    if (this.#failure !== undefined) return;
    const failure = new LaneFailure(this.#options.lane, cause);
    this.#failure = failure;
    this.#options.onFailure(failure);
    this.#running?.fail(failure);
    this.#queue.fail(failure);
    this.#idle?.reject(failure);
  }

  #work<T>(durable: boolean, isFatal: (error: unknown) => boolean, call: () => Promise<T>) {
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    const run = async (): Promise<void> => {
      try {
        resolve(await call());
      } catch (error) {
        if (isFatal(error)) throw error;
        reject(error);
      }
    };
    const work: LaneWork = { sinceMs: this.#options.clock.monotonicMs(), durable, run, fail: reject };
    return { work, promise };
  }

  /**
   * Everything of one turn that is to become durable goes together. Housekeeping waits until the
   * turn is over and what it left for its end is done: the commits of a round bring the next one.
   */
  #plan(): void {
    if (this.#running !== undefined || this.#failure !== undefined) return;
    if (this.#queue.isPressing) queueMicrotask(this.#next);
    else setImmediate(this.#afterTurn);
  }

  readonly #afterTurn = (): void => void setImmediate(this.#next);

  readonly #next = (): void => {
    if (this.#running !== undefined || this.#failure !== undefined) return;
    const work = this.#queue.next(this.#options.clock.monotonicMs());
    if (work === undefined) {
      this.#idle?.resolve();
      this.#idle = undefined;
      return;
    }
    this.#running = work;
    work.run().then(this.#onDone, (error: unknown) => this.fail(error));
  };

  readonly #onDone = (): void => {
    this.#running = undefined;
    this.#plan();
  };
}
