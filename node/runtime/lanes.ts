import type { Clock } from "../../common/clock.ts";
import type { Frame } from "../shard/frame.ts";
import type { CheckpointDelta } from "../storage/checkpoint.ts";
import type { NodeIdentity, ShardRecord } from "../storage/node-store.ts";
import { StorageError } from "../storage/storage-error.ts";
import type { QuarantineCopy } from "../wal/quarantine.ts";
import { type Appended, Lane } from "./lane.ts";
import type { LaneFailure } from "./lane-failure.ts";
import {
  type DiskProbe,
  NODE_LANE,
  type NodeContents,
  type OpenedShard,
  type RefusedShard,
} from "./lane-messages.ts";
import type { LaneQueueLimits } from "./lane-queue.ts";

/** Bounds of a lane unless the configuration says otherwise. */
const LIMITS: LaneQueueLimits = {
  waitingBytesMax: 64 * 1024 * 1024,
  roundBytesMax: 16 * 1024 * 1024,
  operationsMax: 4096,
  housekeepingGapMsMax: 10,
};

const PROGRAM = new URL("./lane-worker.ts", import.meta.url);

export type LanesOptions = {
  readonly dataDirectory: string;
  /** Threads; 1 or 2 on most machines. */
  readonly laneCount: number;
  /** Room kept in hand for the recovery of a full volume, bytes; 0 for none. */
  readonly ballastBytes: number;
  readonly clock: Clock;
  /** Called once; it logs the failure and ends the process. */
  readonly onFailure: (failure: LaneFailure) => void;
  /** Module of the threads; the shipped one when absent. */
  readonly program?: URL;
};

/**
 * The disk of a node: all of its shards, each pinned to one lane, and what the node itself has to
 * remember. Unless said otherwise its promises reject only when a lane has failed, after `onFailure`.
 */
export class Lanes {
  /** Whose data directory it is, as found; undefined when it was never claimed. */
  readonly identity: NodeIdentity | undefined;
  /** Shards known when the directory was opened, by ascending id. */
  readonly shards: readonly ShardRecord[];
  readonly #lanes: readonly Lane[];

  private constructor(lanes: readonly Lane[], contents: NodeContents) {
    this.#lanes = lanes;
    this.identity = contents.identity;
    this.shards = contents.shards;
  }

  /**
   * Starts the threads and opens the data directory, which is created when it is not there. The
   * process needs UV_THREADPOOL_SIZE=16 in its environment for the syncs of a round to overlap.
   * @throws StorageError locked, damaged or newer-schema
   */
  static async open({ laneCount, program, ...shared }: LanesOptions): Promise<Lanes> {
    const options = { ...shared, limits: LIMITS, program: program ?? PROGRAM };
    const lanes = Array.from({ length: laneCount }, (_, lane) => new Lane({ ...options, lane }));
    try {
      return new Lanes(lanes, await lanes[NODE_LANE].request({ type: "open_node" }, false));
    } catch (error) {
      await Promise.all(lanes.map((lane) => lane.close()));
      throw error;
    }
  }

  /** Age of the oldest append, promise, cut or probe that is not on stable storage yet, milliseconds; else 0. */
  oldestOutstandingMs(): number {
    return Math.max(...this.#lanes.map((lane) => lane.oldestOutstandingMs()));
  }

  /**
   * Binds the data directory to a cluster and a node for good; repeating it changes nothing.
   * @throws StorageError foreign when it is bound to others
   */
  claim(identity: NodeIdentity): Promise<void> {
    return this.#lanes[NODE_LANE].request({ type: "claim", identity }, true);
  }

  /**
   * Opens a shard, or creates it, once. This life of it is recorded before anything is created.
   * @param incarnation UUID of the shard's life, 16 bytes
   */
  async openShard(shardId: number, incarnation: Uint8Array): Promise<OpenedShard | RefusedShard> {
    const copy = new Uint8Array(incarnation); // a view would take all of its message along
    const record = { type: "record_incarnation", shardId, incarnation: copy } as const;
    try {
      await this.#lanes[NODE_LANE].request(record, true);
    } catch (error) {
      if (!(error instanceof StorageError)) throw error;
      return { type: "refused", reason: "foreign", message: error.message };
    }
    return this.#laneOf(shardId).request({ type: "open_shard", shardId, incarnation: copy }, false);
  }

  /** False while a shard's frames of so many bytes have to wait with their sender. */
  roomFor(shardId: number, bytes: number): boolean {
    return this.#laneOf(shardId).hasRoom(bytes);
  }

  /**
   * Makes frames durable that continue the shard's log; there must be room for them. What the
   * shards of a lane append within one turn of the event loop shares a round.
   */
  append(shardId: number, frames: readonly Frame[]): Promise<Appended> {
    return this.#laneOf(shardId).append(shardId, frames);
  }

  /**
   * Cuts a shard's log behind an LSN that ends a frame, after everything that was appended to it
   * and after a copy has gone to quarantine. Nothing may be appended until it resolves.
   */
  truncateTail(shardId: number, keepLsn: number): Promise<QuarantineCopy | undefined> {
    return this.#laneOf(shardId).truncateTail(shardId, keepLsn);
  }

  /** Makes a promise durable; never a lower one than before. */
  persistPromise(shardId: number, generation: number): Promise<void> {
    return this.#lanes[NODE_LANE].request({ type: "persist_promise", shardId, generation }, true);
  }

  /**
   * Writes a shard's checkpoint between the rounds, one at a time per shard. The buffers of its
   * reservation chunks are taken over.
   */
  writeCheckpoint(shardId: number, delta: CheckpointDelta): Promise<void> {
    return this.#laneOf(shardId).writeCheckpoint(shardId, delta);
  }

  /** Has every lane write and sync something small; one result per lane. */
  probeDisk(): Promise<DiskProbe[]> {
    return Promise.all(this.#lanes.map((lane) => lane.request({ type: "probe" }, true)));
  }

  /** Finishes what was asked for and closes everything. Checkpoints have to be over. */
  async close(): Promise<void> {
    // The node's store goes last: it holds the lock on the data directory.
    const [nodeLane, ...others] = this.#lanes;
    await Promise.all(others.map((lane) => lane.close()));
    await nodeLane.close();
  }

  #laneOf(shardId: number): Lane {
    return this.#lanes[shardId % this.#lanes.length];
  }
}
