/**
 * Tells when the other end of a stream has been silent for too long. Checks that are far apart mean
 * that this process itself stood still: what came meanwhile has not been read yet, so the silence
 * counts from there anew.
 */
export class SilenceWatch {
  readonly #silenceMsMax: number;
  #heardMs = 0;
  #checkedMs = 0;

  /** @param silenceMsMax longest silence of an end that lives, milliseconds; checks come at least five times as often */
  constructor(silenceMsMax: number) {
    this.#silenceMsMax = silenceMsMax;
  }

  /** Something came, or a silence begins that is not the other end's fault. */
  heard(nowMs: number): void {
    this.#heardMs = nowMs;
    this.#checkedMs = nowMs;
  }

  /** To be asked regularly: whether the other end has to be given up. */
  isTooLong(nowMs: number): boolean {
    const stoodStill = nowMs - this.#checkedMs > this.#silenceMsMax / 2;
    this.#checkedMs = nowMs;
    if (stoodStill) this.#heardMs = nowMs;
    return nowMs - this.#heardMs > this.#silenceMsMax;
  }
}
