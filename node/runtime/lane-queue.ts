import { assert } from "../../common/assert.ts";

/** Something that a lane's thread is to do. */
export type LaneWork = {
  /** Monotonic time at which it was asked for. */
  readonly sinceMs: number;
  /** True when somebody waits for it to be durable. */
  readonly durable: boolean;
  /** Settles when the thread is free again; rejects when the lane has failed. */
  readonly run: () => Promise<void>;
  /** Tells whoever waits that it will not be done. */
  readonly fail: (error: Error) => void;
};

/** Frames that wait to be written and synced. */
export type WaitingAppend = {
  readonly sinceMs: number;
  readonly bytes: number;
  readonly fail: (error: Error) => void;
};

export type LaneQueueLimits = {
  /** Frames that may wait, in bytes. */
  readonly waitingBytesMax: number;
  /** Frames that one round takes, in bytes, unless a single append is larger. */
  readonly roundBytesMax: number;
  /** Operations that may wait: opening, promises, cuts, probes. */
  readonly operationsMax: number;
  /** Housekeeping waits for a free moment, but no longer than this from one step to the next. */
  readonly housekeepingGapMsMax: number;
};

/**
 * Decides what a lane's thread does next. Rounds go first; an operation waits for one round at
 * most; housekeeping takes the free moments, and when there are none one step in every gap.
 *
 * Invariants: appends leave in the order they came; waitingBytes = Σ bytes of the appends that
 * wait ≤ waitingBytesMax.
 */
export class LaneQueue<Append extends WaitingAppend> {
  readonly #limits: LaneQueueLimits;
  readonly #runRound: (appends: readonly Append[]) => Promise<void>;
  #appends: Append[] = [];
  #operations: LaneWork[] = [];
  #housekeeping: LaneWork[] = [];
  #waitingBytes = 0;
  #wasRound = false;
  #housekeptMs = 0;

  constructor(limits: LaneQueueLimits, runRound: (appends: readonly Append[]) => Promise<void>) {
    this.#limits = limits;
    this.#runRound = runRound;
  }

  get waitingBytes(): number {
    return this.#waitingBytes;
  }

  /** True when something waits besides housekeeping. */
  get isPressing(): boolean {
    return this.#appends.length + this.#operations.length > 0;
  }

  /** True when frames of so many bytes may be added. */
  hasRoom(bytes: number): boolean {
    return this.#waitingBytes + bytes <= this.#limits.waitingBytesMax;
  }

  /** Adds frames for the next round; there must be room. */
  addAppend(append: Append): void {
    assert(this.hasRoom(append.bytes), "frames come only while the lane has room");
    this.#appends.push(append);
    this.#waitingBytes += append.bytes;
  }

  addOperation(work: LaneWork): void {
    assert(this.#operations.length < this.#limits.operationsMax, "operations of a lane are bounded");
    this.#operations.push(work);
  }

  /** Adds one step of housekeeping; whoever adds it adds the next one when it is done. */
  addHousekeeping(work: LaneWork, isUrgent: boolean): void {
    if (this.#housekeeping.length === 0) this.#housekeptMs = Math.max(this.#housekeptMs, work.sinceMs);
    if (isUrgent) this.#housekeeping.unshift(work);
    else this.#housekeeping.push(work);
  }

  /** When the oldest thing that is to become durable was asked for; undefined when there is none. */
  oldestDurableMs(): number | undefined {
    const append = this.#appends[0]?.sinceMs;
    const operation = this.#operations.find(({ durable }) => durable)?.sinceMs;
    if (append === undefined || operation === undefined) return append ?? operation;
    return Math.min(append, operation);
  }

  /** Takes what the thread does next. */
  next(nowMs: number): LaneWork | undefined {
    const isStarved = nowMs - this.#housekeptMs >= this.#limits.housekeepingGapMsMax;
    if (isStarved && this.#housekeeping.length > 0) return this.#nextHousekeeping(nowMs);
    const isOperationDue = this.#wasRound && this.#operations.length > 0;
    this.#wasRound = this.#appends.length > 0 && !isOperationDue;
    if (this.#wasRound) return this.#nextRound();
    return this.#operations.shift() ?? this.#nextHousekeeping(nowMs);
  }

  /** Empties the queue and tells everybody who waits. */
  fail(error: Error): void {
    const waiting = [...this.#appends, ...this.#operations, ...this.#housekeeping];
    this.#appends = [];
    this.#operations = [];
    this.#housekeeping = [];
    this.#waitingBytes = 0;
    for (const { fail } of waiting) fail(error);
  }

  #nextHousekeeping(nowMs: number): LaneWork | undefined {
    this.#housekeptMs = nowMs;
    return this.#housekeeping.shift();
  }

  #nextRound(): LaneWork {
    let bytes = 0;
    let count = 0;
    for (const append of this.#appends) {
      if (count > 0 && bytes + append.bytes > this.#limits.roundBytesMax) break;
      bytes += append.bytes;
      count++;
    }
    const appends = this.#appends.splice(0, count);
    this.#waitingBytes -= bytes;
    return {
      sinceMs: appends[0].sinceMs,
      durable: true,
      run: () => this.#runRound(appends),
      fail: (error) => {
        for (const append of appends) append.fail(error);
      },
    };
  }
}
