import { assert } from "../../common/assert.ts";
import type { Generation, Lsn } from "../../common/units.ts";
import type { ConfigurationPublished, GenerationEstablished } from "./changes.ts";
import type { PublishedGeneration, ShardConfig } from "./configuration.ts";

/**
 * All generations of one shard and who may lead the next one.
 *
 * Invariants (I1): generations strictly grow; an operation publishes at most one of them; only the
 * newest can still be established; every eligible node holds every acknowledged record (I18).
 */
export class ShardLineage {
  readonly #generations: PublishedGeneration[] = [];
  #eligible: ReadonlySet<string> = new Set();

  /** Oldest first; never empty once the first generation was published. */
  get generations(): readonly PublishedGeneration[] {
    return this.#generations;
  }

  /** The generation in force. */
  get current(): PublishedGeneration {
    const newest = this.#generations.at(-1);
    assert(newest !== undefined, "a shard in the map has a generation");
    return newest;
  }

  /** Nodes that hold every acknowledged record; a lossless change may only promote one of them. */
  get eligible(): ReadonlySet<string> {
    return this.#eligible;
  }

  /** Whether any generation ever came to serve, so that there is data to lose. */
  get everEstablished(): boolean {
    return this.#generations.some(({ establishTimeMs }) => establishTimeMs !== undefined);
  }

  /** Last LSN of a generation that is part of the lineage; Infinity while no later one cut it off. */
  endOf(generation: Generation): Lsn {
    const later = this.#generations.filter(({ config }) => config.generation > generation);
    return Math.min(Infinity, ...later.map(({ config }) => config.startLsn - 1));
  }

  publish({ config, publishTimeMs }: ConfigurationPublished): void {
    const newest = this.#generations.at(-1)?.config;
    assert(config.generation > (newest?.generation ?? 0), `shard ${config.shardId}: generations only grow`);
    assert(
      this.#generations.every((published) => published.config.operationId !== config.operationId),
      `shard ${config.shardId}: operation ${config.operationId} publishes once`,
    );
    this.#generations.push({ config, publishTimeMs, establishTimeMs: undefined });
    this.#eligible = eligibleAfterPublish(this.#eligible, config);
  }

  establish({ shardId, generation, establishTimeMs }: GenerationEstablished): void {
    const { config, publishTimeMs } = this.current;
    assert(config.generation === generation, `shard ${shardId}: only the newest generation is established`);
    this.#generations[this.#generations.length - 1] = { config, publishTimeMs, establishTimeMs };
    this.#eligible = new Set(config.ackSet);
  }
}

/**
 * Until a generation is established its ack set may hold nothing new, so a lossless publish only adds
 * the chosen leader. After a lossy one that leader alone defines what survived.
 */
function eligibleAfterPublish(before: ReadonlySet<string>, config: ShardConfig): ReadonlySet<string> {
  switch (config.changeKind) {
    case "BOOTSTRAP":
      return new Set(config.ackSet);
    case "LOSSLESS":
      return new Set([...before, config.leader]);
    case "LOSSY":
      return new Set([config.leader]);
  }
}
