import { Violation } from "../violation.ts";

/** What a client was told about a token. */
export type TokenAnswer = {
  readonly outcome: number;
  readonly reason: number;
  readonly generation: number;
  readonly lsn: number;
  readonly replayed: boolean;
};

/**
 * I7: per (issuer, token) there is one decision; every replay has the first one's decision,
 * reason and position. Answers without a decision bind nothing.
 */
export class OneTokenOneOutcome {
  readonly #answers = new Map<string, TokenAnswer>();

  onAnswer(issuerId: string, token: string, answer: TokenAnswer): void {
    const key = `${issuerId} ${token}`;
    const first = this.#answers.get(key);
    if (first === undefined) {
      this.#answers.set(key, answer);
      return;
    }
    const isSame =
      first.outcome === answer.outcome &&
      first.reason === answer.reason &&
      first.lsn === answer.lsn &&
      first.generation === answer.generation;
    if (!isSame)
      throw new Violation("one-token-one-outcome", `${key}: ${show(first)}, later ${show(answer)}`);
  }

  /** Every token that got a decision, with its first answer. */
  get answers(): ReadonlyMap<string, TokenAnswer> {
    return this.#answers;
  }
}

function show({ outcome, reason, generation, lsn }: TokenAnswer): string {
  return `outcome ${outcome}/${reason} at ${generation}/${lsn}`;
}
