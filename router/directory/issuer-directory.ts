import { create } from "@bufbuild/protobuf";
import type { Clock } from "../../common/clock.ts";
import { StoreError } from "../../common/errors/store-error.ts";
import type { RpcChannel } from "../../common/rpc/channel.ts";
import {
  LocateIssuerRequestSchema,
  MetadataService,
} from "../../proto/gen/harborpoint/metadata/v1/metadata_pb.ts";
import { type CachedPlacement, IssuerCache } from "../placement/issuer-cache.ts";
import type { ShardDirectory } from "./shard-directory.ts";

/** Longest wait for the metadata service to place one issuer. */
const LOCATE_MS_MAX = 1_000;
/** Most issuers being looked up at one time: one full batch of strangers. */
const LOOKUPS_MAX = 8_192;

/** What the directory is made of. */
export type IssuerDirectoryParts = {
  readonly channel: RpcChannel;
  readonly shards: ShardDirectory;
  readonly clock: Clock;
  /** Most placements remembered. */
  readonly entriesMax: number;
};

/** Which shard every issuer lives on: remembered, else asked of the metadata service. */
export class IssuerDirectory {
  readonly #parts: IssuerDirectoryParts;
  readonly #cache: IssuerCache;
  readonly #lookups = new Map<string, Promise<number>>();

  constructor(parts: IssuerDirectoryParts) {
    this.#parts = parts;
    this.#cache = new IssuerCache(parts.entriesMax);
  }

  /** What is known here and now. */
  known(issuerId: string): CachedPlacement {
    return this.#cache.get(issuerId, this.#parts.clock.monotonicMs());
  }

  /** Remembers where an issuer was just placed. */
  learn(issuerId: string, shardId: number): void {
    this.#cache.put(issuerId, shardId);
  }

  /** Forgets an issuer whose shard's leader says that it lives elsewhere. */
  forget(issuerId: string): void {
    this.#cache.forget(issuerId);
  }

  /**
   * Shard of an issuer; everybody who asks at the same time shares one question.
   * Rejects with ISSUER_NOT_FOUND, METADATA_UNAVAILABLE, or OVERLOADED when too many are being asked for.
   */
  locate(issuerId: string): Promise<number> {
    const known = this.known(issuerId);
    if (known === "not_found") return Promise.reject(new StoreError("ISSUER_NOT_FOUND"));
    if (known !== undefined) return Promise.resolve(known);
    const asked = this.#lookups.get(issuerId);
    if (asked !== undefined) return asked;
    if (this.#lookups.size >= LOOKUPS_MAX) return Promise.reject(new StoreError("OVERLOADED"));
    const lookup = this.#ask(issuerId).finally(() => this.#lookups.delete(issuerId));
    this.#lookups.set(issuerId, lookup);
    return lookup;
  }

  async #ask(issuerId: string): Promise<number> {
    const { channel, clock, shards } = this.#parts;
    try {
      const { shardId, config } = await channel.unary(
        MetadataService.method.locateIssuer,
        create(LocateIssuerRequestSchema, { issuerId }),
        { deadlineMs: LOCATE_MS_MAX, foreignReason: "METADATA_UNAVAILABLE" },
      );
      if (config !== undefined) shards.applyShard(config);
      this.#cache.put(issuerId, shardId);
      return shardId;
    } catch (error) {
      if (error instanceof StoreError && error.reason === "ISSUER_NOT_FOUND") {
        this.#cache.putNotFound(issuerId, clock.monotonicMs());
      }
      throw error;
    }
  }
}
