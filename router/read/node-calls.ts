import type { DescMessage, DescMethodUnary, MessageShape } from "@bufbuild/protobuf";
import type { Clock } from "../../common/clock.ts";
import type { Reason } from "../../common/errors/catalog.ts";
import { StoreError } from "../../common/errors/store-error.ts";
import type { MapWatch } from "../directory/map-watch.ts";
import type { ShardDirectory } from "../directory/shard-directory.ts";
import type { ShardPlacement } from "../placement/shard-map.ts";
import type { NodeLinks } from "../upstream/node-links.ts";

/** First and longest pause before a leader that had moved on is asked again, in milliseconds. */
const PAUSE_MS_MIN = 10;
const PAUSE_MS_MAX = 200;

/** What a call to a node says besides its request. */
export type NodeCallOptions = {
  /** Longest wait for the answer, in milliseconds. */
  readonly waitMs: number;
  /** Reason when the node's answer does not carry one. */
  readonly foreignReason: Reason;
};

/** What calls to nodes need. */
export type NodeCallsParts = {
  readonly directory: ShardDirectory;
  readonly watch: MapWatch;
  readonly links: NodeLinks;
  readonly clock: Clock;
};

/** Single calls to the nodes of a shard. Every call names the shard and the generation it acts on. */
export class NodeCalls {
  readonly #parts: NodeCallsParts;

  constructor(parts: NodeCallsParts) {
    this.#parts = parts;
  }

  /** Asks one node once. Rejects with LEADER_UNREACHABLE when it cannot be reached. */
  async askNode<In extends DescMessage, Out extends DescMessage>(
    nodeId: string,
    shard: ShardPlacement,
    method: DescMethodUnary<In, Out>,
    request: MessageShape<In>,
    { waitMs, foreignReason }: NodeCallOptions,
  ): Promise<MessageShape<Out>> {
    const channel = this.#parts.links.channel(nodeId);
    if (channel === undefined) throw new StoreError("LEADER_UNREACHABLE", { metadata: { nodeId } });
    const { shardId, generation } = shard;
    const metadata = {
      "harborpoint-shard-id": String(shardId),
      "harborpoint-generation": String(generation),
    };
    return channel.unary(method, request, { deadlineMs: waitMs, metadata, foreignReason });
  }

  /**
   * Asks the shard's leader, again after a newer configuration or a pause while it says that it has
   * moved on. Rejects with LEADER_UNREACHABLE when no leader was found in time.
   */
  async askLeader<In extends DescMessage, Out extends DescMessage>(
    shardId: number,
    method: DescMethodUnary<In, Out>,
    request: MessageShape<In>,
    options: NodeCallOptions,
  ): Promise<MessageShape<Out>> {
    const { clock, directory, watch } = this.#parts;
    const deadlineMs = clock.monotonicMs() + options.waitMs;
    for (let pauseMs = PAUSE_MS_MIN; ; pauseMs = Math.min(PAUSE_MS_MAX, pauseMs * 2)) {
      const shard = this.requireShard(shardId);
      const waitMs = deadlineMs - clock.monotonicMs();
      try {
        return await this.askNode(shard.leader, shard, method, request, { ...options, waitMs });
      } catch (error) {
        if (!hasMovedOn(error)) throw error;
        if (clock.monotonicMs() + pauseMs >= deadlineMs) throw leaderNotFound(shard, error);
      }
      watch.refresh();
      await directory.newerThan(shardId, shard.generation, pauseMs);
    }
  }

  /** Configuration of a shard; METADATA_UNAVAILABLE while the map has not arrived or lacks it. */
  requireShard(shardId: number): ShardPlacement {
    const shard = this.#parts.directory.shard(shardId);
    if (shard !== undefined) return shard;
    throw new StoreError("METADATA_UNAVAILABLE", {
      message: "the configuration of the shard is not known yet",
      metadata: { shardId: String(shardId) },
    });
  }
}

function hasMovedOn(error: unknown): boolean {
  return (
    error instanceof StoreError && (error.reason === "STALE_GENERATION" || error.reason === "NOT_LEADER")
  );
}

function leaderNotFound({ shardId, generation }: ShardPlacement, cause: unknown): StoreError {
  return new StoreError("LEADER_UNREACHABLE", {
    message: "the shard's leader was not found in time",
    metadata: { shardId: String(shardId), generation: String(generation) },
    cause,
  });
}
