/**
 * Counts the rows of clients that the router works on, so that its memory has a bound.
 * Invariant: 0 ≤ taken ≤ rowsMax, except for a single batch that is larger than that.
 */
export class RowBudget {
  readonly #rowsMax: number;
  #taken = 0;
  #whenIdle: (() => void)[] = [];

  constructor(rowsMax: number) {
    this.#rowsMax = rowsMax;
  }

  /** Rows being worked on. */
  get taken(): number {
    return this.#taken;
  }

  /** Takes rows on. @returns false, with nothing changed, when there is no room */
  tryTake(rows: number): boolean {
    if (this.#taken > 0 && this.#taken + rows > this.#rowsMax) return false;
    this.#taken += rows;
    return true;
  }

  /** Rows were answered. */
  give(rows: number): void {
    this.#taken -= rows;
    if (this.#taken > 0) return;
    const waiting = this.#whenIdle;
    this.#whenIdle = [];
    for (const resolve of waiting) resolve();
  }

  /** Resolves when nothing is being worked on. */
  idle(): Promise<void> {
    if (this.#taken === 0) return Promise.resolve();
    return new Promise((resolve) => this.#whenIdle.push(resolve));
  }
}
