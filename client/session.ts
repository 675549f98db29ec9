import type { Decision } from "./decision.ts";
import { isBefore, type ShardPosition } from "./position.ts";

/** Issuers whose shard a session remembers; a forgotten one is read linearizably, which sees every write. */
const ISSUERS_MAX = 100_000;

interface Newest {
  position: ShardPosition;
  token: string;
}

/**
 * The writes of one caller, so that its reads see them wherever they are answered: the newest
 * session token per shard. Give it to writes and reads alike; share it between clients of different
 * regions if the same caller moves.
 *
 * Invariant: the token of a shard belongs to the newest position observed on it.
 */
export class Session {
  readonly #newest = new Map<number, Newest>();
  readonly #shardByIssuer = new Map<string, number>();

  /** Takes note of a decision. */
  observe(issuerId: string, decision: Decision): void {
    const { position, sessionToken } = decision.label;
    if (sessionToken === "") return;
    this.#remember(issuerId, position.shardId);
    const newest = this.#newest.get(position.shardId);
    if (newest !== undefined && !isBefore(newest.position, position)) return;
    this.#newest.set(position.shardId, { position, token: sessionToken });
  }

  /** Token a read of this issuer must carry; undefined when the session has not written to it. */
  tokenFor(issuerId: string): string | undefined {
    const shardId = this.#shardByIssuer.get(issuerId);
    return shardId === undefined ? undefined : this.tokenOfShard(shardId);
  }

  /** Newest token of a shard, such as the shard of a reservation id. */
  tokenOfShard(shardId: number): string | undefined {
    return this.#newest.get(shardId)?.token;
  }

  #remember(issuerId: string, shardId: number): void {
    if (this.#shardByIssuer.size >= ISSUERS_MAX && !this.#shardByIssuer.has(issuerId)) {
      const oldest = this.#shardByIssuer.keys().next();
      if (!oldest.done) this.#shardByIssuer.delete(oldest.value);
    }
    this.#shardByIssuer.set(issuerId, shardId);
  }
}
