/** Closed reservations remembered, to aim at on purpose. */
const CLOSED_MAX = 64;

/** Reservations of one issuer that a workload knows of, to choose the next release, settle or amend from. */
export class ReservationPool {
  readonly #open: string[] = [];
  readonly #closed: string[] = [];

  get openCount(): number {
    return this.#open.length;
  }

  /** A reserve was approved. */
  add(token: string): void {
    this.#open.push(token);
  }

  /** An open one, by a fraction of those there are; it stays. */
  peek(fraction: number): string | undefined {
    return this.#open[Math.floor(fraction * this.#open.length)];
  }

  /** An open one to be closed; it is taken out, so that others rarely aim at it. */
  take(fraction: number): string | undefined {
    const index = Math.floor(fraction * this.#open.length);
    const token = this.#open[index];
    const last = this.#open.pop();
    if (token === undefined || last === undefined) return undefined;
    if (index < this.#open.length) this.#open[index] = last;
    this.#closed.push(token);
    if (this.#closed.length > CLOSED_MAX) this.#closed.shift();
    return token;
  }

  /** One that was closed, or is about to be. */
  peekClosed(fraction: number): string | undefined {
    return this.#closed[Math.floor(fraction * this.#closed.length)];
  }
}
