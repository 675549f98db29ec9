import type { Attempt } from "./attempt.ts";

/** Attempts that wait to be sent, by ticket: what came back stands before what was never sent. */
export class AttemptQueue {
  #attempts: Attempt[] = [];
  #rows = 0;

  get size(): number {
    return this.#attempts.length;
  }

  /** Open rows of all attempts together. */
  get rows(): number {
    return this.#rows;
  }

  get first(): Attempt | undefined {
    return this.#attempts[0];
  }

  /** Puts an attempt in its place; its open rows must not change while it is here. */
  insert(attempt: Attempt): void {
    this.#rows += attempt.openCount;
    let at = this.#attempts.length;
    while (at > 0 && this.#attempts[at - 1].ticket > attempt.ticket) at--;
    this.#attempts.splice(at, 0, attempt);
  }

  /** Takes the first attempt out. */
  shift(): Attempt | undefined {
    const attempt = this.#attempts.shift();
    if (attempt !== undefined) this.#rows -= attempt.openCount;
    return attempt;
  }

  /** Takes out the attempts that fit, in order. */
  takeWhere(fits: (attempt: Attempt) => boolean): Attempt[] {
    const taken = this.#attempts.filter(fits);
    if (taken.length === 0) return taken;
    this.#attempts = this.#attempts.filter((attempt) => !taken.includes(attempt));
    for (const attempt of taken) this.#rows -= attempt.openCount;
    return taken;
  }
}
