import { createHash } from "node:crypto";
import { type Random, seededRandom } from "../../common/random.ts";

type Task = { readonly atMs: number; readonly order: number; readonly run: () => void };

/** Virtual wall clock at virtual time 0. */
const EPOCH_MS = 1_790_000_000_000;
/** Lines of the trace kept for a failure report. */
const TRACE_LINES_KEPT = 50;

/**
 * One virtual time line: tasks run one after another in the order of their times, ties in the
 * order they were scheduled. Everything nondeterministic comes from one seeded generator, and
 * everything that happens is hashed: the same seed gives the same hash.
 */
export class World {
  readonly random: Random;
  readonly coverage = new Map<string, number>();
  #nowMs = 0;
  #order = 0;
  #heap: Task[] = [];
  #hash = createHash("sha256");
  #recent: string[] = [];
  #events = 0;

  constructor(seed: number) {
    this.random = seededRandom(seed);
  }

  get nowMs(): number {
    return this.#nowMs;
  }
  get wallMs(): number {
    return EPOCH_MS + Math.floor(this.#nowMs);
  }
  /** Tasks run so far. */
  get events(): number {
    return this.#events;
  }

  /** Runs a task after a delay. */
  after(delayMs: number, run: () => void): void {
    this.#push({ atMs: this.#nowMs + delayMs, order: this.#order++, run });
  }

  /** Runs everything due up to a time. */
  runUntil(endMs: number): void {
    for (let next = this.#heap[0]; next !== undefined && next.atMs <= endMs; next = this.#heap[0]) {
      this.#pop();
      this.#nowMs = next.atMs;
      this.#events++;
      next.run();
    }
    this.#nowMs = endMs;
  }

  /** A delay between two bounds, now and then ten times as long. */
  delay(minMs: number, maxMs: number): number {
    const delayMs = minMs + this.random.fraction() * (maxMs - minMs);
    return this.chance(0.01) ? delayMs * 10 : delayMs;
  }

  chance(probability: number): boolean {
    return this.random.fraction() < probability;
  }

  pick<T>(items: readonly T[]): T {
    return items[this.random.integer(0, items.length - 1)];
  }

  /** Counts that something the seeds must reach has happened. */
  cover(name: string): void {
    this.coverage.set(name, (this.coverage.get(name) ?? 0) + 1);
  }

  /** Says what happened: goes into the hash and into the report of a failure. */
  trace(line: string): void {
    const stamped = `${this.#nowMs.toFixed(3)} ${line}`;
    this.#hash.update(stamped);
    this.#recent.push(stamped);
    if (this.#recent.length > TRACE_LINES_KEPT) this.#recent.shift();
  }

  get recentTrace(): readonly string[] {
    return this.#recent;
  }

  /** Hash of everything traced; ends the trace. */
  traceHash(): string {
    return this.#hash.digest("hex");
  }

  #push(task: Task): void {
    const heap = this.#heap;
    heap.push(task);
    for (let child = heap.length - 1; child > 0; ) {
      const parent = (child - 1) >> 1;
      if (!before(heap[child], heap[parent])) return;
      [heap[child], heap[parent]] = [heap[parent], heap[child]];
      child = parent;
    }
  }

  #pop(): void {
    const heap = this.#heap;
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return;
    heap[0] = last;
    for (let parent = 0; ; ) {
      let least = parent;
      for (const child of [2 * parent + 1, 2 * parent + 2]) {
        if (child < heap.length && before(heap[child], heap[least])) least = child;
      }
      if (least === parent) return;
      [heap[parent], heap[least]] = [heap[least], heap[parent]];
      parent = least;
    }
  }
}

function before(a: Task, b: Task): boolean {
  return a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order);
}
