/** Longest silence between two looks at the clock; a longer one means the process stood still. */
const GAP_MS_MAX = 1000;
/** How far wall and monotonic time may part between two looks. */
const DISAGREEMENT_MS_MAX = 500;

/**
 * Tells when this node's clocks cannot be trusted for what was measured before: the process was
 * paused, the machine suspended, or the wall clock jumped. Re-based at every look, so that one jump
 * counts once.
 */
export class ClockCheck {
  #last: { readonly nowMs: number; readonly wallMs: number } | undefined;

  /** Looks at both clocks; false when what was measured before the last look is void. */
  isSound(nowMs: number, wallMs: number): boolean {
    const last = this.#last;
    this.#last = { nowMs, wallMs };
    if (last === undefined) return true;
    const elapsedMs = nowMs - last.nowMs;
    const disagreementMs = Math.abs(wallMs - last.wallMs - elapsedMs);
    return elapsedMs <= GAP_MS_MAX && disagreementMs <= DISAGREEMENT_MS_MAX;
  }
}
