/** How long "there is no such issuer" may be repeated without asking again, in milliseconds. */
export const NOT_FOUND_MS_MAX = 200;

/** Most issuers remembered as unknown at one time. */
const NOT_FOUND_ENTRIES_MAX = 4096;

/** What the cache knows of an issuer: its shard, that it does not exist, or nothing. */
export type CachedPlacement = number | "not_found" | undefined;

/**
 * Remembers which shard an issuer lives on. An issuer keeps its shard until it is moved, and then
 * the old shard's leader says so ({@link forget}); so entries do not age, they are only displaced.
 * Invariant: at most `entriesMax` placements. Two halves stand in for a list by age: a lookup that
 * finds its issuer in the old half moves it to the young one, and a full young half becomes the old.
 */
export class IssuerCache {
  readonly #halfMax: number;
  #young = new Map<string, number>();
  #old = new Map<string, number>();
  readonly #notFoundUntilMs = new Map<string, number>();

  constructor(entriesMax: number) {
    this.#halfMax = Math.max(1, entriesMax >> 1);
  }

  get(issuerId: string, nowMs: number): CachedPlacement {
    const young = this.#young.get(issuerId);
    if (young !== undefined) return young;
    const old = this.#old.get(issuerId);
    if (old !== undefined) {
      this.#remember(issuerId, old);
      return old;
    }
    return this.#isNotFound(issuerId, nowMs) ? "not_found" : undefined;
  }

  /** Remembers where an issuer lives. */
  put(issuerId: string, shardId: number): void {
    this.#notFoundUntilMs.delete(issuerId);
    this.#remember(issuerId, shardId);
  }

  /** Remembers for a moment that an issuer does not exist. */
  putNotFound(issuerId: string, nowMs: number): void {
    if (this.#notFoundUntilMs.size >= NOT_FOUND_ENTRIES_MAX) this.#notFoundUntilMs.clear();
    this.#notFoundUntilMs.set(issuerId, nowMs + NOT_FOUND_MS_MAX);
  }

  /** Forgets an issuer that does not live where it was thought to. */
  forget(issuerId: string): void {
    this.#young.delete(issuerId);
    this.#old.delete(issuerId);
    this.#notFoundUntilMs.delete(issuerId);
  }

  #remember(issuerId: string, shardId: number): void {
    if (this.#young.size >= this.#halfMax && !this.#young.has(issuerId)) {
      this.#old = this.#young;
      this.#young = new Map();
    }
    this.#young.set(issuerId, shardId);
    this.#old.delete(issuerId);
  }

  #isNotFound(issuerId: string, nowMs: number): boolean {
    const untilMs = this.#notFoundUntilMs.get(issuerId);
    if (untilMs === undefined) return false;
    if (nowMs < untilMs) return true;
    this.#notFoundUntilMs.delete(issuerId);
    return false;
  }
}
