/** How long a grant holds at the leader, from its own send time (2.11 of the protocol: G). */
export const GRANT_MS = 3000;
/** How long a client waits before it takes an approval for unknown. */
const CLIENT_LIMIT_MS = 1000;
/**
 * How long a grantor stands by a grant, from its own acknowledgement: grant and client limit, one
 * percent for clocks that drift apart (±0.5 % each), and a spare. The holder always stops first.
 */
export const GRANT_KEPT_MS = (GRANT_MS + CLIENT_LIMIT_MS) * 1.01 + 200;

/**
 * The leader's right to act, as its peers grant it: each acknowledgement of a message extends the
 * peer's grant to three seconds after that message was sent, on the leader's own clock. A peer that
 * has promised a higher generation acknowledges nothing, so a deposed leader runs out of grants.
 *
 * Invariant: a grant never outlasts what its grantor keeps; the holder may drop one at any time.
 */
export class Grants {
  readonly #untilMs = new Map<string, number>();
  /** What was sent up to this time grants nothing any more. */
  #voidUntilMs = 0;

  /** A peer acknowledged a message that was sent at a time; 0 when it echoed none. */
  extend(nodeId: string, sentMs: number): void {
    if (sentMs <= this.#voidUntilMs) return;
    this.#untilMs.set(nodeId, Math.max(this.#untilMs.get(nodeId) ?? 0, sentMs + GRANT_MS));
  }

  /** True while every one of the nodes grants. */
  holdAll(nodeIds: readonly string[], nowMs: number): boolean {
    return nodeIds.every((nodeId) => (this.#untilMs.get(nodeId) ?? 0) > nowMs);
  }

  /** Gives all grants back: the generation is over. */
  drop(): void {
    this.#untilMs.clear();
  }

  /**
   * Gives all grants back because the clock cannot be trusted: nobody knows how long ago anything
   * was sent, so acknowledgements that are still under way grant nothing either.
   */
  distrust(nowMs: number): void {
    this.#untilMs.clear();
    this.#voidUntilMs = nowMs;
  }
}
