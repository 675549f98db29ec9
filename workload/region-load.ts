import type { Clock } from "../common/clock.ts";
import { settledWithin } from "../common/with-timeout.ts";
import { LatencyRecorder } from "./latency-recorder.ts";
import type { OperationRunner } from "./operation-runner.ts";
import type { PlannedOperation } from "./traffic.ts";

/** How often due operations are sent, milliseconds. */
const TICK_MS = 5;

/** Operations of one region under way: more than a second's worth; a store this far behind is not helped by more. */
const UNDER_WAY_MAX = 500;

/** What one region's load needs. */
export interface RegionLoadParts {
  readonly region: string;
  readonly operations: Iterator<PlannedOperation, never>;
  readonly runner: OperationRunner;
  readonly clock: Clock;
  /** Told of an operation that failed in a way no operation may. */
  readonly onFailure: (error: unknown) => void;
}

/**
 * Sends one region's operations when they are due, whether or not earlier ones have been answered.
 * Latency counts from the due time. An operation that finds too many under way is left out and
 * counted as "not sent".
 */
export class RegionLoad {
  readonly region: string;
  /** All issuers. */
  readonly all = new LatencyRecorder();
  /** Issuers at home in this region. */
  readonly home = new LatencyRecorder();
  /** Issuers at home elsewhere: these cross the WAN. */
  readonly crossRegion = new LatencyRecorder();
  readonly #parts: RegionLoadParts;
  readonly #underWay = new Set<Promise<void>>();
  #next: PlannedOperation;
  #startMs = 0;
  #timer: NodeJS.Timeout | undefined;
  #notSent = 0;

  constructor(parts: RegionLoadParts) {
    this.region = parts.region;
    this.#parts = parts;
    this.#next = parts.operations.next().value;
  }

  /** Operations that were left out because too many were under way. */
  get notSent(): number {
    return this.#notSent;
  }

  start(): void {
    this.#startMs = this.#parts.clock.monotonicMs();
    this.#timer = setInterval(() => this.#sendDue(), TICK_MS);
  }

  /** Sends nothing more and waits for what is under way. @returns whether all of it ended in time */
  async stop(timeoutMs: number): Promise<boolean> {
    clearInterval(this.#timer);
    return settledWithin(Promise.all(this.#underWay), timeoutMs);
  }

  #sendDue(): void {
    const elapsedMs = this.#parts.clock.monotonicMs() - this.#startMs;
    while (this.#next.atMs <= elapsedMs) {
      if (this.#underWay.size >= UNDER_WAY_MAX) this.#notSent++;
      else this.#send(this.#next);
      this.#next = this.#parts.operations.next().value;
    }
  }

  #send(planned: PlannedOperation): void {
    const { runner, onFailure } = this.#parts;
    const underWay = runner
      .run(planned, () => this.#record(planned))
      .catch(onFailure)
      .finally(() => this.#underWay.delete(underWay));
    this.#underWay.add(underWay);
  }

  #record({ issuer, atMs }: PlannedOperation): void {
    const recorder = issuer.homeRegion === this.region ? this.home : this.crossRegion;
    const latencyMs = this.#parts.clock.monotonicMs() - this.#startMs - atMs;
    recorder.record(latencyMs);
    this.all.record(latencyMs);
  }
}
