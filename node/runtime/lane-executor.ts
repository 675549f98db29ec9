import { assert, unreachable } from "../../common/assert.ts";
import { CHAIN_BYTES } from "../shard/checksums.ts";
import { type Frame, frameOf } from "../shard/frame.ts";
import { NodeStore } from "../storage/node-store.ts";
import { StorageError } from "../storage/storage-error.ts";
import { placeBallast } from "../wal/ballast.ts";
import { type DiskFile, syncTogether } from "../wal/disk.ts";
import { createDurableDirectory } from "../wal/log-files.ts";
import { nodeStorePath, shardsDirectory } from "./lane-files.ts";
import {
  type LaneResults,
  type LaneTask,
  NODE_LANE,
  type NodeContents,
  type OpenedShard,
  type RefusedShard,
  type RoundResult,
  type RoundShare,
  type StorageRefusal,
} from "./lane-messages.ts";
import { LaneProbe } from "./lane-probe.ts";
import type { LaneShard } from "./lane-shard.ts";
import { type LaneEnvironment, LaneShardOpening } from "./lane-shard-opening.ts";
import { LaneStaging } from "./lane-staging.ts";

export type LaneExecutorOptions = LaneEnvironment & {
  readonly lane: number;
  readonly ballastBytes: number;
  readonly staging: SharedArrayBuffer;
};

/**
 * Carries out the tasks of one lane, in its thread: everything of the lane's shards that touches
 * the disk for writing. One task at a time. Whatever it throws is final: nobody knows what reached
 * the disk, so every later task throws the same. Only a {@link StorageRefusal} is an answer.
 */
export class LaneExecutor {
  readonly #options: LaneExecutorOptions;
  readonly #staging: LaneStaging;
  readonly #probe: LaneProbe;
  readonly #shards = new Map<number, LaneShard>();
  #node: NodeStore | undefined;
  #failure: { readonly error: unknown } | undefined;

  constructor(options: LaneExecutorOptions) {
    this.#options = options;
    this.#staging = new LaneStaging(options.staging);
    this.#probe = new LaneProbe(options);
  }

  async run(task: LaneTask): Promise<LaneResults[LaneTask["type"]] | StorageRefusal> {
    if (this.#failure !== undefined) throw this.#failure.error;
    try {
      return await this.#dispatch(task);
    } catch (error) {
      if (!(error instanceof StorageError)) {
        this.#failure = { error };
        throw error;
      }
      return { type: "storage_refusal", fault: error.fault, message: error.message };
    }
  }

  #dispatch(task: LaneTask): LaneResults[LaneTask["type"]] | Promise<LaneResults["round" | "probe"]> {
    switch (task.type) {
      case "round":
        return this.#round(task.shares);
      case "checkpoint":
        return this.#shard(task.shardId).state.writeSlice(task.slice);
      case "prepare_segment":
        return this.#shard(task.shardId).log.prepareNext(task.bytes);
      case "probe":
        return this.#probe.run([...this.#shards.values()]);
      case "persist_promise":
        return this.#nodeStore().persistPromise(task.shardId, task.generation);
      case "truncate_tail":
        return this.#truncateTail(task.shardId, task.keepLsn);
      case "open_node":
        return this.#openNode();
      case "claim":
        return this.#nodeStore().claim(task.identity);
      case "record_incarnation":
        return this.#nodeStore().recordIncarnation(task.shardId, task.incarnation);
      case "open_shard":
        return this.#openShard(task.shardId, task.incarnation);
      case "close":
        return this.#close();
      default:
        return unreachable(task);
    }
  }

  /** Writes the frames of all shares, then syncs all files together. */
  async #round(shares: readonly RoundShare[]): Promise<RoundResult> {
    const parts = this.#staging.read(partBytes(shares));
    const shards = shares.map(({ shardId }) => this.#shard(shardId));
    const placements = shares.map(({ frameBytes }, i) => shards[i].log.append(framesOf(frameBytes, parts)));
    const syncMs = await this.#sync(shards);
    return {
      syncMs,
      shares: shares.map(({ shardId }, i) => {
        const wantsSegment = shards[i].log.prepareNext(0) > 0;
        return { shardId, placements: placements[i], wantsSegment };
      }),
    };
  }

  async #sync(shards: readonly LaneShard[]): Promise<number> {
    const files: DiskFile[] = [];
    for (const shard of shards) {
      files.push(...shard.log.pendingSync());
      shard.isBusy = true;
      shard.isMarked = false;
    }
    const { monotonicMs } = this.#options;
    const startMs = monotonicMs();
    await syncTogether(files);
    const syncMs = monotonicMs() - startMs;
    for (const { log } of shards) log.markSynced();
    return syncMs;
  }

  #truncateTail(shardId: number, keepLsn: number): LaneResults["truncate_tail"] {
    const { log, state } = this.#shard(shardId);
    assert(
      state.appliedLsn <= keepLsn,
      "derived state reaches only to committed records, which are never cut",
    );
    return log.truncateAfter(keepLsn);
  }

  #openNode(): NodeContents {
    assert(this.#options.lane === NODE_LANE, "the node's store belongs to one lane");
    const { disk, dataDirectory, ballastBytes } = this.#options;
    createDurableDirectory(disk, dataDirectory);
    createDurableDirectory(disk, shardsDirectory(dataDirectory));
    this.#node = new NodeStore(nodeStorePath(dataDirectory));
    if (ballastBytes > 0) placeBallast(disk, dataDirectory, ballastBytes);
    return { identity: this.#node.identity(), shards: this.#node.shards() };
  }

  #openShard(shardId: number, incarnation: Uint8Array): OpenedShard | RefusedShard {
    assert(!this.#shards.has(shardId), "a shard is opened once");
    const result = new LaneShardOpening(this.#options, shardId, incarnation).run();
    if ("type" in result) return result;
    this.#shards.set(shardId, result.shard);
    return result.opened;
  }

  #close(): void {
    for (const shard of this.#shards.values()) shard.close();
    this.#shards.clear();
    this.#probe.close();
    this.#node?.close();
  }

  #shard(shardId: number): LaneShard {
    const shard = this.#shards.get(shardId);
    assert(shard !== undefined, `shard ${shardId} is not open in this lane`);
    return shard;
  }

  #nodeStore(): NodeStore {
    assert(this.#node !== undefined, "the node's store is not open in this lane");
    return this.#node;
  }
}

/** Bytes of the pieces in the staging memory: each frame and its chain value. */
function* partBytes(shares: readonly RoundShare[]): Generator<number> {
  for (const { frameBytes } of shares) {
    for (const bytes of frameBytes) yield* [bytes, CHAIN_BYTES];
  }
}

/** Takes the next frames of a share off the staging memory. */
function framesOf(frameBytes: readonly number[], parts: Generator<Uint8Array, void>): Frame[] {
  return frameBytes.map(() => {
    const bytes = parts.next().value as Uint8Array;
    // The log keeps the chain value beyond this round, after which the memory is used again.
    return frameOf(bytes, new Uint8Array(parts.next().value as Uint8Array));
  });
}
