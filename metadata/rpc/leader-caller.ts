import { Backoff } from "../../common/backoff.ts";
import type { Clock } from "../../common/clock.ts";
import type { Reason } from "../../common/errors/catalog.ts";
import { StoreError } from "../../common/errors/store-error.ts";
import type { Random } from "../../common/random.ts";
import type { RpcChannel } from "../../common/rpc/channel.ts";
import type { MetadataState } from "../model/metadata-state.ts";
import type { NodeChannels } from "./node-channels.ts";

/** The leader of a shard as the register knows it now. */
export interface Leader {
  readonly channel: RpcChannel;
  /** Generation to name in the request. */
  readonly generation: bigint;
  /** Milliseconds the call may take. */
  readonly deadlineMs: number;
}

/** Parts of a leader caller. */
export interface LeaderCallerParts {
  readonly state: MetadataState;
  readonly channels: Pick<NodeChannels, "to">;
  readonly clock: Clock;
  readonly random: Random;
  /** Resolves after so many milliseconds. */
  readonly pause: (ms: number) => Promise<unknown>;
}

/** A write takes milliseconds, or a few seconds around a change of leader. */
const CALL_MS_MAX = 5000;

/** Long enough for a node to hear of a new generation, short enough to notice at once. */
const PAUSE_BOUNDS = { minMs: 20, maxMs: 320 };

/** Errors that say: the leader and this service disagree about the generation for a moment. */
const HEALS_BY_REFRESH: ReadonlySet<Reason> = new Set(["STALE_GENERATION", "NOT_LEADER"]);

/** Calls the leader of a shard and hides changes of the leader from the caller. */
export class LeaderCaller {
  readonly #parts: LeaderCallerParts;

  constructor(parts: LeaderCallerParts) {
    this.#parts = parts;
  }

  /**
   * Makes a call to whoever leads the shard; repeats it with a fresh generation while the leader
   * answers that the generation is wrong. Every other error of the leader passes through.
   *
   * @param remainingMs how long the caller still waits; Infinity when it did not say
   * @throws StoreError SHARD_FROZEN when the two still disagree at the deadline
   */
  async call<Out>(
    shardId: number,
    remainingMs: number,
    attempt: (leader: Leader) => Promise<Out>,
  ): Promise<Out> {
    const { clock, random, pause } = this.#parts;
    const deadlineMs = clock.monotonicMs() + Math.min(remainingMs, CALL_MS_MAX);
    const backoff = new Backoff(PAUSE_BOUNDS, random);
    for (;;) {
      const outcome = await this.#tryOnce(shardId, deadlineMs, attempt);
      if ("answer" in outcome) return outcome.answer;
      const pauseMs = backoff.nextMs();
      if (clock.monotonicMs() + pauseMs >= deadlineMs) {
        throw new StoreError("SHARD_FROZEN", { cause: outcome.disagreement });
      }
      await pause(pauseMs);
    }
  }

  async #tryOnce<Out>(
    shardId: number,
    deadlineMs: number,
    attempt: (leader: Leader) => Promise<Out>,
  ): Promise<{ readonly answer: Out } | { readonly disagreement: StoreError }> {
    const { state, channels, clock } = this.#parts;
    const { leader, generation } = state.lineage(shardId).current.config;
    try {
      const answer = await attempt({
        channel: channels.to(leader),
        generation: BigInt(generation),
        deadlineMs: deadlineMs - clock.monotonicMs(),
      });
      return { answer };
    } catch (error) {
      if (error instanceof StoreError && HEALS_BY_REFRESH.has(error.reason)) return { disagreement: error };
      throw error;
    }
  }
}
