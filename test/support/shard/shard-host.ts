import { assert } from "../../../common/assert.ts";
import { Outcome } from "../../../common/batch/kinds.ts";
import { CHAIN_START } from "../../../node/shard/checksums.ts";
import type { Reply, ShardCommand, ShardEvent } from "../../../node/shard/events.ts";
import type { Frame } from "../../../node/shard/frame.ts";
import type { ShardEngineOptions } from "../../../node/shard/engine-options.ts";
import { ShardEngine } from "../../../node/shard/shard-engine.ts";
import { ShardState } from "../../../node/shard/shard-state.ts";
import { nodeChecksums } from "../../../node/wal/checksums.ts";
import { SHARD_ID, TOKEN_HASH_KEY } from "./frame-author.ts";
import { MemoryLog } from "./memory-log.ts";
import { EPOCH_MS } from "./named-tokens.ts";

export type ShardHostOptions = Pick<ShardEngineOptions, "nodeId" | "queueRowsMax" | "tokenWindow">;

const DEFAULTS: ShardHostOptions = {
  nodeId: "a",
  queueRowsMax: 8192,
  tokenWindow: { retentionMs: 30 * 86_400_000, aheadMsMax: 300_000 },
};

/** How often a node sends heartbeats and looks at its clock. */
export const HEARTBEAT_MS = 250;

/**
 * A node with one shard, without threads or files: carries out what the engine asks of disk and
 * log, each step of it when the test says so, and checks after every step what must always hold.
 */
export class ShardHost {
  readonly options: ShardHostOptions;
  readonly log = new MemoryLog();
  engine: ShardEngine;
  nowMs = 1_000_000;
  wallMs = EPOCH_MS;
  /** What the disk has not finished, oldest first. */
  readonly unsynced: Frame[][] = [];
  readonly unpersisted: number[] = [];
  readonly cuts: number[] = [];
  promisedGeneration = 0;
  /** Whether an established generation is recorded without a word of the test. */
  recordsAtOnce = true;
  #operations = 0;

  constructor(options: Partial<ShardHostOptions> = {}) {
    this.options = { ...DEFAULTS, ...options };
    this.engine = this.#boot(0);
  }

  /** Delivers an event; appended frames are in the log afterwards. */
  step(event: ShardEvent): readonly ShardCommand[] {
    const commands = this.engine.step(event);
    for (const command of commands) this.#carryOut(command);
    this.#checkPositions();
    const isEstablished = commands.some(({ type }) => type === "established");
    return isEstablished && this.recordsAtOnce ? [...commands, ...this.record()] : commands;
  }

  /** The metadata service has recorded that the generation is established, and says so. */
  record(): readonly ShardCommand[] {
    const { configuration } = this.engine.status(this.nowMs);
    assert(configuration !== undefined, "nothing is established without a configuration");
    return this.step({ type: "configured", configuration: { ...configuration, established: true } });
  }

  /** Time passes on both clocks. */
  pass(ms: number): void {
    this.nowMs += ms;
    this.wallMs += ms;
  }

  flush(): readonly ShardCommand[] {
    return this.step({ type: "flush", nowMs: this.nowMs, wallMs: this.wallMs });
  }

  heartbeat(): readonly ShardCommand[] {
    return this.step({ type: "ship", nowMs: this.nowMs, heartbeat: true });
  }

  tick(): readonly ShardCommand[] {
    return this.step({ type: "tick", nowMs: this.nowMs, wallMs: this.wallMs });
  }

  /** The disk finishes the oldest append. */
  sync(): readonly ShardCommand[] {
    const frames = this.unsynced.shift();
    assert(frames !== undefined, "nothing waits for the disk");
    return this.step({ type: "local_durable", nowMs: this.nowMs, lsn: frames[frames.length - 1].lastLsn });
  }

  /** The disk finishes the oldest promise. */
  persistPromise(): readonly ShardCommand[] {
    const generation = this.unpersisted.shift();
    assert(generation !== undefined, "no promise waits for the disk");
    this.promisedGeneration = Math.max(this.promisedGeneration, generation);
    return this.step({ type: "promise_persisted", generation });
  }

  /** The tail is cut as the engine asked. */
  finishCut(): readonly ShardCommand[] {
    const keepLsn = this.cuts.shift();
    assert(keepLsn !== undefined, "no cut was asked for");
    this.log.cut(keepLsn);
    return this.step({ type: "tail_truncated", lastLsn: keepLsn });
  }

  /** The process dies and comes back; of what was not synced nothing is left, unless it says otherwise. */
  restart(keepUnsynced = false): void {
    const durableLsn = keepUnsynced ? this.log.lastLsn : this.engine.status(this.nowMs).durableLsn;
    this.log.cut(durableLsn);
    for (const pending of [this.unsynced, this.unpersisted, this.cuts]) pending.length = 0;
    this.engine = this.#boot(Math.max(0, ...this.log.frames.map((frame) => frame.commitLsnHint)));
  }

  #boot(appliedLsn: number): ShardEngine {
    const state = new ShardState(TOKEN_HASH_KEY);
    for (const frame of this.log.range(1, appliedLsn)) state.applyFrame(frame);
    const last = this.log.frames.at(-1);
    return new ShardEngine({
      ...this.options,
      shardId: SHARD_ID,
      log: this.log,
      state,
      checksums: nodeChecksums,
      nextOperationId: () => `restart-${++this.#operations}`,
      tail: { lsn: this.log.lastLsn, chain: last?.chain ?? CHAIN_START, generation: last?.generation ?? 0 },
      promisedGeneration: this.promisedGeneration,
      bootMs: this.nowMs,
    });
  }

  #carryOut(command: ShardCommand): void {
    switch (command.type) {
      case "append":
        this.log.append(command.frames);
        this.unsynced.push([...command.frames]);
        return;
      case "persist_promise":
        this.unpersisted.push(command.generation);
        return;
      case "truncate_tail":
        this.cuts.push(command.keepLsn);
        return;
      case "reply":
        return this.#checkReply(command);
      default:
    }
  }

  #checkPositions(): void {
    const { appliedLsn, committedLsn, durableLsn, appendedLsn } = this.engine.status(this.nowMs);
    const inOrder = appliedLsn <= committedLsn && committedLsn <= durableLsn && durableLsn <= appendedLsn;
    assert(inOrder, "applied ≤ committed ≤ durable ≤ appended");
    assert(appliedLsn === this.engine.state.appliedLsn, "one applied position");
    if (this.cuts.length === 0)
      assert(appendedLsn === this.log.lastLsn, "the log ends where the engine says");
  }

  /** Nothing is answered before it is committed. */
  #checkReply({ results, lsn }: Reply): void {
    const { committedLsn } = this.engine.status(this.nowMs);
    assert(lsn <= committedLsn, "a session token covers committed records only");
    for (let row = 0; row < results.count; row++) {
      assert(results.outcome(row) >= Outcome.APPROVED, "every row is answered");
      assert(results.lsn(row) <= committedLsn, "an answer is committed");
    }
  }
}
