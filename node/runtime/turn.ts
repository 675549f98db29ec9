/**
 * Gathers what one turn of the event loop brought. At its end the shards build their frames first,
 * and what they and the turn itself want to send then leaves as one message per stream.
 */
export class Turn {
  readonly #endOfTurn: (task: () => void) => void;
  #flushes: (() => void)[] = [];
  #sends: (() => void)[] = [];
  #isPlanned = false;

  /** @param endOfTurn runs a task when the current turn is over */
  constructor(endOfTurn: (task: () => void) => void) {
    this.#endOfTurn = endOfTurn;
  }

  /** Runs a task at the end of this turn, before anything is sent. */
  readonly atFlush = (task: () => void): void => {
    this.#flushes.push(task);
    this.#plan();
  };

  /** Runs a task at the end of this turn, after all flushes. */
  readonly atSend = (task: () => void): void => {
    this.#sends.push(task);
    this.#plan();
  };

  #plan(): void {
    if (this.#isPlanned) return;
    this.#isPlanned = true;
    this.#endOfTurn(this.#run);
  }

  readonly #run = (): void => {
    this.#isPlanned = false;
    const flushes = this.#flushes;
    this.#flushes = [];
    for (const flush of flushes) flush();
    const sends = this.#sends;
    this.#sends = [];
    for (const send of sends) send();
  };
}
