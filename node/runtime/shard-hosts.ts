import type { ShardEvents } from "../replication/shard-events.ts";
import type { ShardEvent } from "../shard/events.ts";
import type { ShardHost } from "./shard-host.ts";

/** The shards this node holds, and those it should hold and cannot serve. */
export class ShardHosts implements ShardEvents {
  readonly #hosts = new Map<number, ShardHost>();
  readonly #refused = new Map<number, string>();

  add(host: ShardHost): void {
    this.#hosts.set(host.shardId, host);
  }

  /** Remembers why a shard cannot be served by this node. */
  refuse(shardId: number, problem: string): void {
    this.#refused.set(shardId, problem);
  }

  get(shardId: number): ShardHost | undefined {
    return this.#hosts.get(shardId);
  }

  /** Why a shard that belongs here cannot be served; undefined when nothing is wrong. */
  problemOf(shardId: number): string | undefined {
    return this.#refused.get(shardId);
  }

  /** Shards that cannot be served, by id. */
  get refused(): ReadonlyMap<number, string> {
    return this.#refused;
  }

  deliver(shardId: number, event: ShardEvent): boolean {
    const host = this.#hosts.get(shardId);
    host?.deliver(event);
    return host !== undefined;
  }

  /** The shard of this node that knows an issuer: an issuer lives on one shard. */
  withIssuer(issuerId: string): ShardHost | undefined {
    for (const host of this.#hosts.values()) if (host.state.issuers.numberOf(issuerId) >= 0) return host;
    return undefined;
  }

  [Symbol.iterator](): IterableIterator<ShardHost> {
    return this.#hosts.values();
  }
}
