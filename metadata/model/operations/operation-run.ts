import type { Operation, SealAnswer } from "./operation.ts";

/**
 * What this process knows of an open operation beyond its journal: when things happened on its own
 * monotonic clock. A successor begins without it, and then every wait starts again in full length.
 */
export class OperationRun {
  /** When this process began with the current attempt. */
  attemptStartMs: number;
  /** When the attempt's generation was published, as far as this process knows. */
  publishedAtMs: number;
  readonly #grantKeptMs: number;
  readonly #grantFreeAtMs = new Map<string, number>();
  readonly #askedAtMs = new Map<string, number>();

  /** @param grantKeptMs longest time a node may stand by a grant after its answer */
  constructor({ seals }: Operation, nowMs: number, grantKeptMs: number) {
    this.attemptStartMs = nowMs;
    this.publishedAtMs = nowMs;
    this.#grantKeptMs = grantKeptMs;
    // How long ago a journaled answer came is not known: the whole grant may lie ahead.
    for (const { nodeId } of seals) this.#grantFreeAtMs.set(nodeId, nowMs + grantKeptMs);
  }

  /** By node that answered: when none of the grants it gave is valid any more. */
  get grantFreeAtMs(): ReadonlyMap<string, number> {
    return this.#grantFreeAtMs;
  }

  /** Begins to ask from scratch, for another generation. */
  startAttempt(nowMs: number): void {
    this.attemptStartMs = nowMs;
    this.#grantFreeAtMs.clear();
    this.#askedAtMs.clear();
  }

  sealed({ nodeId, grantRemainingMs }: SealAnswer, nowMs: number): void {
    const remainingMs = Math.min(grantRemainingMs, this.#grantKeptMs);
    this.#grantFreeAtMs.set(nodeId, nowMs + remainingMs);
  }

  /** Takes note of asking a node, unless it was asked a moment ago. */
  askAgain(nodeId: string, nowMs: number, sealAgainMs: number): boolean {
    const askedAtMs = this.#askedAtMs.get(nodeId);
    if (askedAtMs !== undefined && nowMs - askedAtMs < sealAgainMs) return false;
    this.#askedAtMs.set(nodeId, nowMs);
    return true;
  }
}
