import type { Lsn } from "../../../common/units.ts";

/** By now every follower of a leader has heard what that leader had committed so long ago. */
const SETTLED_MS = 1000;

/**
 * What this process observed of one shard since it started, on its monotonic clock; evidence for
 * deciding whether the configuration must change, never journaled.
 */
export class ShardWatch {
  #calmSinceMs: number;
  #restlessUntilMs = Number.NEGATIVE_INFINITY;
  readonly #caughtUpSinceMs = new Map<string, number>();
  /** What the leader had committed, oldest first: one that is settled at most, then younger ones. */
  #committed: { readonly atMs: number; readonly lsn: Lsn }[] = [];

  /** @param startMs when this process began to listen */
  constructor(startMs: number) {
    this.#calmSinceMs = startMs;
  }

  /** A generation came into force or was established, or the leader in force claimed authority. */
  progressed(nowMs: number): void {
    this.#calmSinceMs = nowMs;
  }

  /** Another generation came into force: who kept up with the leader before proves nothing for the next. */
  generationChanged(nowMs: number): void {
    this.progressed(nowMs);
    this.#caughtUpSinceMs.clear();
    this.#committed = [];
  }

  /** How long nothing of that happened. */
  withoutProgressMs(nowMs: number): number {
    return nowMs - this.#calmSinceMs;
  }

  /** A change was begun that the shard could have done without: no other one for so long. */
  keepCalm(nowMs: number, calmMs: number): void {
    this.#restlessUntilMs = nowMs + calmMs;
  }

  mayChangeAtLeisure(nowMs: number): boolean {
    return nowMs >= this.#restlessUntilMs;
  }

  /** Takes note of what the leader in force says it has committed. */
  leaderCommitted(lsn: Lsn, nowMs: number): void {
    this.#committed.push({ atMs: nowMs, lsn });
    while (this.#committed.length > 1 && this.#committed[1].atMs <= nowMs - SETTLED_MS)
      this.#committed.shift();
  }

  /** What the leader had committed a moment ago; Infinity as long as that is not known. */
  settledLsn(nowMs: number): Lsn {
    const [oldest] = this.#committed;
    return oldest !== undefined && oldest.atMs <= nowMs - SETTLED_MS ? oldest.lsn : Infinity;
  }

  /** Takes note of whether a node keeps up with the leader. */
  seen(nodeId: string, isCaughtUp: boolean, nowMs: number): void {
    if (!isCaughtUp) this.#caughtUpSinceMs.delete(nodeId);
    else if (!this.#caughtUpSinceMs.has(nodeId)) this.#caughtUpSinceMs.set(nodeId, nowMs);
  }

  /** How long a node has kept up without a break; 0 when it does not. */
  caughtUpForMs(nodeId: string, nowMs: number): number {
    return nowMs - (this.#caughtUpSinceMs.get(nodeId) ?? nowMs);
  }
}
