/** Says why something is not ready; undefined when it is. Cheap, synchronous, never throws. */
export type ReadinessCheck = () => string | undefined;

/** What one check said. */
export interface CheckResult {
  readonly name: string;
  /** Why it is not ready; undefined when it is. */
  readonly problem: string | undefined;
}

/** The named conditions under which a process takes work. Ready iff every check is. */
export class Readiness {
  readonly #checks = new Map<string, ReadinessCheck>();

  /** Adds a condition, or replaces the one of that name. */
  setCheck(name: string, check: ReadinessCheck): void {
    this.#checks.set(name, check);
  }

  /** Asks every check now, in the order they were added. */
  results(): readonly CheckResult[] {
    return [...this.#checks].map(([name, check]) => ({ name, problem: check() }));
  }
}
