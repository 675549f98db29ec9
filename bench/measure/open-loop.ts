import { setTimeout as sleep } from "node:timers/promises";
import type { Clock } from "../../common/clock.ts";

/** An open loop. */
export interface OpenLoopOptions {
  /** Milliseconds from the start at which requests arrive, rising. */
  readonly arrivals: Iterator<number, never>;
  /** Requests under way at most; who arrives beyond it waits, and the wait counts as latency. */
  readonly outstandingMax: number;
  readonly durationMs: number;
  readonly clock: Clock;
  /** Sends one request. @param intendedMs when it arrived (monotonic): latency counts from there */
  readonly send: (intendedMs: number) => Promise<void>;
}

/** What became of the arrivals. */
export interface OpenLoopReport {
  readonly arrived: number;
  /** Sent later than 10 ms after they arrived, because too much was under way or the sender was held up. */
  readonly sentLate: number;
  /** How far sending lay behind when the time was up, milliseconds. */
  readonly behindMs: number;
}

const LATE_MS = 10;

/**
 * Sends requests when they arrive, whether or not earlier ones have their answer: what a store's
 * users do. Nothing is left out when the store falls behind; every request counts from the moment
 * it arrived, so a stall shows in the latency of all who came during it.
 */
export async function runOpenLoop(options: OpenLoopOptions): Promise<OpenLoopReport> {
  return new OpenLoop(options).run();
}

class OpenLoop {
  readonly #options: OpenLoopOptions;
  readonly #underWay = new Set<Promise<void>>();
  #nextAtMs: number;
  #startMs = 0;
  #arrived = 0;
  #sentLate = 0;
  #failure: { readonly error: unknown } | undefined;
  #wake: () => void = () => {};

  constructor(options: OpenLoopOptions) {
    this.#options = options;
    this.#nextAtMs = options.arrivals.next().value;
  }

  async run(): Promise<OpenLoopReport> {
    const { durationMs } = this.#options;
    this.#startMs = this.#options.clock.monotonicMs();
    while (this.#elapsedMs() < durationMs && this.#failure === undefined) {
      this.#sendDue();
      await this.#pause();
    }
    const behindMs = Math.max(0, Math.min(durationMs, this.#elapsedMs()) - this.#nextAtMs);
    await Promise.all(this.#underWay);
    if (this.#failure !== undefined) throw this.#failure.error;
    return { arrived: this.#arrived, sentLate: this.#sentLate, behindMs };
  }

  #sendDue(): void {
    const { outstandingMax, durationMs, arrivals } = this.#options;
    const nowMs = Math.min(this.#elapsedMs(), durationMs);
    while (this.#nextAtMs <= nowMs && this.#underWay.size < outstandingMax) {
      this.#arrived++;
      if (nowMs - this.#nextAtMs > LATE_MS) this.#sentLate++;
      this.#send(this.#startMs + this.#nextAtMs);
      this.#nextAtMs = arrivals.next().value;
    }
  }

  #send(intendedMs: number): void {
    const sending: Promise<void> = this.#options.send(intendedMs).then(
      () => this.#ended(sending),
      (error: unknown) => {
        this.#failure ??= { error };
        this.#ended(sending);
      },
    );
    this.#underWay.add(sending);
  }

  #ended(sending: Promise<void>): void {
    this.#underWay.delete(sending);
    this.#wake();
  }

  /** Until the next arrival; when there is no room, until somebody has an answer. */
  async #pause(): Promise<void> {
    const isFull = this.#underWay.size >= this.#options.outstandingMax;
    const untilMs = isFull ? this.#options.durationMs : Math.min(this.#nextAtMs, this.#options.durationMs);
    const waitMs = Math.max(0, untilMs - this.#elapsedMs());
    const stop = new AbortController();
    const answered = new Promise<void>((resolve) => {
      this.#wake = isFull ? resolve : () => {};
    });
    await Promise.race([answered, sleep(waitMs, undefined, { signal: stop.signal }).catch(() => {})]);
    stop.abort();
  }

  #elapsedMs(): number {
    return this.#options.clock.monotonicMs() - this.#startMs;
  }
}
