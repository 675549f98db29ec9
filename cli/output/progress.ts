import type { Clock } from "../../common/clock.ts";

/** Where progress is shown. */
export interface ProgressStream {
  readonly isTTY?: boolean;
  write(text: string): unknown;
}

const BAR_WIDTH = 30;
const REDRAW_MS = 100;
/** Between lines when nobody watches live. */
const LINE_MS = 5_000;

/** Shows how far something longer than a second has come: a bar on a terminal, else a line now and then. */
export class Progress {
  readonly #label: string;
  readonly #total: number;
  readonly #stream: ProgressStream;
  readonly #clock: Clock;
  #shownMs: number;

  constructor(label: string, total: number, stream: ProgressStream, clock: Clock) {
    this.#label = label;
    this.#total = total;
    this.#stream = stream;
    this.#clock = clock;
    this.#shownMs = clock.monotonicMs();
  }

  /** So many are done. */
  update(done: number): void {
    const nowMs = this.#clock.monotonicMs();
    const isLive = this.#stream.isTTY === true;
    const isLast = done >= this.#total;
    if (!isLast && nowMs - this.#shownMs < (isLive ? REDRAW_MS : LINE_MS)) return;
    this.#shownMs = nowMs;
    if (!isLive) this.#stream.write(`${this.#label}: ${done} of ${this.#total}\n`);
    else this.#stream.write(`\r${this.#bar(done)}${isLast ? "\n" : ""}`);
  }

  #bar(done: number): string {
    const filled = Math.round((done / this.#total) * BAR_WIDTH);
    const bar = "#".repeat(filled).padEnd(BAR_WIDTH, ".");
    return `${this.#label} [${bar}] ${done}/${this.#total}`;
  }
}
