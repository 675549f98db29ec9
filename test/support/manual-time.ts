import type { Clock } from "../../common/clock.ts";
import type { StopTimer, Timers } from "../../node/runtime/timers.ts";

type Planned = { readonly atMs: number; readonly periodMs: number; readonly task: () => void };

/** Clock and timers that stand still until the test moves them. */
export class ManualTime implements Clock, Timers {
  nowMs: number;
  readonly #wallOffsetMs: number;
  readonly #planned = new Set<Planned>();
  #turnEnds: (() => void)[] = [];

  constructor(nowMs = 1_000_000, wallMs = Date.UTC(2026, 10, 18)) {
    this.nowMs = nowMs;
    this.#wallOffsetMs = wallMs - nowMs;
  }

  monotonicMs(): number {
    return this.nowMs;
  }

  wallMs(): number {
    return this.nowMs + this.#wallOffsetMs;
  }

  endOfTurn(task: () => void): void {
    this.#turnEnds.push(task);
  }

  after(delayMs: number, task: () => void): StopTimer {
    return this.#plan({ atMs: this.nowMs + delayMs, periodMs: 0, task });
  }

  every(periodMs: number, task: () => void): StopTimer {
    return this.#plan({ atMs: this.nowMs + periodMs, periodMs, task });
  }

  /** Timers that have not fired for the last time. */
  get plannedCount(): number {
    return this.#planned.size;
  }

  /** Ends the current turn of the event loop; what its tasks plan belongs to the next. */
  endTurn(): void {
    const tasks = this.#turnEnds;
    this.#turnEnds = [];
    for (const task of tasks) task();
  }

  /** Lets time pass; timers fire at their times, each in a turn of its own. */
  advance(ms: number): void {
    const untilMs = this.nowMs + ms;
    for (let due = this.#nextDue(untilMs); due !== undefined; due = this.#nextDue(untilMs)) {
      this.nowMs = Math.max(this.nowMs, due.atMs);
      this.#planned.delete(due);
      if (due.periodMs > 0) this.#planned.add({ ...due, atMs: due.atMs + due.periodMs });
      due.task();
      this.endTurn();
    }
    this.nowMs = untilMs;
  }

  #plan(planned: Planned): StopTimer {
    this.#planned.add(planned);
    const { task } = planned;
    return () => {
      for (const each of this.#planned) if (each.task === task) this.#planned.delete(each);
    };
  }

  #nextDue(untilMs: number): Planned | undefined {
    let earliest: Planned | undefined;
    for (const each of this.#planned) {
      if (each.atMs <= untilMs && (earliest === undefined || each.atMs < earliest.atMs)) earliest = each;
    }
    return earliest;
  }
}
