/** A checker found that the system broke a promise. */
export class Violation extends Error {
  /** Name of the property, such as "one-token-one-outcome". */
  readonly invariant: string;

  constructor(invariant: string, message: string) {
    super(`${invariant}: ${message}`);
    this.name = "Violation";
    this.invariant = invariant;
  }
}
