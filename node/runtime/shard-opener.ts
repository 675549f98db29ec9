import type { Log } from "../../common/log/log.ts";
import type { Metrics } from "../../common/metrics/metrics.ts";
import type { TokenWindow } from "../../common/batch/request-check.ts";
import type { Checksums } from "../shard/checksums.ts";
import { ShardEngine } from "../shard/shard-engine.ts";
import type { Disk } from "../wal/disk.ts";
import { LogReader } from "../wal/log-reader.ts";
import type { AppendBacklog } from "./append-backlog.ts";
import { CheckpointPacer } from "./checkpoint-pacer.ts";
import { shardDirectory } from "./lane-files.ts";
import type { OpenedShard } from "./lane-messages.ts";
import { LaneShardStorage } from "./lane-shard-storage.ts";
import type { Lanes } from "./lanes.ts";
import { LogSize } from "./log-size.ts";
import { type HostEnvironment, ShardHost } from "./shard-host.ts";
import { ShardGauges } from "./shard-metrics.ts";
import { restoreState } from "./shard-restore.ts";
import type { Timers } from "./timers.ts";

/** What opening a shard takes. */
export type OpenerParts = {
  readonly nodeId: string;
  readonly dataDirectory: string;
  readonly lanes: Lanes;
  readonly backlog: AppendBacklog;
  readonly disk: Disk;
  readonly checksums: Checksums;
  /** Bytes of recent frames each shard keeps in memory. */
  readonly frameCacheBytes: number;
  readonly tokenWindow: TokenWindow;
  /** Most rows that may wait in one shard. */
  readonly queueRowsMax: number;
  /** Makes ids of operations, UUIDs. */
  readonly newId: () => string;
  readonly timers: Timers;
  readonly metrics: Metrics;
  readonly log: Log;
};

/** A shard that this node must not serve, and why. */
export type UnservedShard = { readonly problem: string };

/** Opens shards: the lane recovers log and checkpoint, the state is restored from both. */
export class ShardOpener {
  readonly #parts: OpenerParts;

  constructor(parts: OpenerParts) {
    this.#parts = parts;
  }

  /**
   * Opens one shard; it takes part in nothing before it gets its configuration.
   * @param incarnation life of the shard, 16 bytes
   */
  async open(
    shardId: number,
    incarnation: Uint8Array,
    environment: HostEnvironment,
  ): Promise<ShardHost | UnservedShard> {
    const { lanes, log } = this.#parts;
    const opened = await lanes.openShard(shardId, incarnation);
    if (opened.type === "refused") {
      log.error("shard_refused", { shardId, reason: opened.reason, problem: opened.message });
      return { problem: `${opened.reason}: ${opened.message}` };
    }
    return this.#restore(shardId, opened, environment);
  }

  async #restore(shardId: number, opened: OpenedShard, environment: HostEnvironment): Promise<ShardHost> {
    const { nodeId, checksums, tokenWindow, queueRowsMax, newId, metrics, timers } = this.#parts;
    const reader = this.#reader(shardId, opened);
    const { tail } = opened.log;
    const nextTurn = (): Promise<void> => new Promise((resolve) => timers.endOfTurn(resolve));
    const { checkpoint, tokenHashKey } = opened;
    const state = await restoreState({ checkpoint, tokenHashKey, log: reader, tailLsn: tail.lsn, nextTurn });
    const size = new LogSize(opened.log.segments);
    const storage = new LaneShardStorage(shardId, this.#parts.lanes, this.#parts.backlog, reader, size);
    const promisedGeneration = this.#promisedGeneration(shardId);
    const options = { shardId, nodeId, log: reader, state, checksums, tokenWindow, queueRowsMax, tail };
    const engine = new ShardEngine({
      ...options,
      nextOperationId: newId,
      promisedGeneration,
      bootMs: environment.clock.monotonicMs(),
    });
    const checkpoints = new CheckpointPacer(state, reader, storage, checkpoint?.appliedLsn ?? 0);
    this.#logRestored(shardId, opened, state.appliedLsn);
    return new ShardHost(
      { engine, storage, checkpoints, gauges: new ShardGauges(metrics, shardId) },
      environment,
    );
  }

  #reader(shardId: number, opened: OpenedShard): LogReader {
    const { disk, dataDirectory, checksums, frameCacheBytes } = this.#parts;
    return new LogReader({
      disk,
      shardDirectory: shardDirectory(dataDirectory, shardId),
      checksums,
      cacheBytes: frameCacheBytes,
      segments: opened.log.segments,
    });
  }

  #promisedGeneration(shardId: number): number {
    return this.#parts.lanes.shards.find((record) => record.shardId === shardId)?.promisedGeneration ?? 0;
  }

  #logRestored(shardId: number, opened: OpenedShard, appliedLsn: number): void {
    const { log, checkpoint, discarded } = opened;
    this.#parts.log.info("shard_restored", {
      shardId,
      recovery: log.verdict,
      tailLsn: log.tail.lsn,
      checkpointLsn: checkpoint?.appliedLsn ?? 0,
      appliedLsn,
      discarded,
    });
  }
}
