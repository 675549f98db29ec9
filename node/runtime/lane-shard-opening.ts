import { bytesEqual, type Checksums } from "../shard/checksums.ts";
import type { Checkpoint } from "../storage/checkpoint.ts";
import { setAsideDatabase } from "../storage/database.ts";
import { SqliteStateStore } from "../storage/sqlite-state-store.ts";
import { StorageError, type StorageFault } from "../storage/storage-error.ts";
import { type Disk, DiskError } from "../wal/disk.ts";
import { createDurableDirectory } from "../wal/log-files.ts";
import { LOG_START } from "../wal/log-tail.ts";
import type { SegmentSizing } from "../wal/next-segment.ts";
import { type RecoveredLog, recover } from "../wal/recovery.ts";
import { WalCorruption } from "../wal/wal-corruption.ts";
import { WalWriter } from "../wal/wal-writer.ts";
import { shardDirectory, stateStorePath } from "./lane-files.ts";
import type { OpenedShard, RefusalReason, RefusedShard } from "./lane-messages.ts";
import { LaneShard } from "./lane-shard.ts";

/** What the shards of a lane share. */
export type LaneEnvironment = {
  readonly dataDirectory: string;
  readonly disk: Disk;
  readonly checksums: Checksums;
  readonly sizing: SegmentSizing;
  readonly randomBytes: (count: number) => Uint8Array;
  readonly monotonicMs: () => number;
};

/** The log as it was found, and its chain value behind the checkpoint's last record if that was read. */
type FoundLog = { readonly recovered: RecoveredLog; readonly appliedChain: Uint8Array | undefined };

/**
 * Opens the derived state and the log of one shard, or creates both for a new one. State that is
 * damaged, or that is not the state of this log, is set aside when the log can rebuild it.
 */
export class LaneShardOpening {
  readonly #environment: LaneEnvironment;
  readonly #shardId: number;
  readonly #incarnation: Uint8Array;
  readonly #directory: string;
  readonly #statePath: string;
  #state: SqliteStateStore | undefined;
  #checkpoint: Checkpoint | undefined;

  constructor(environment: LaneEnvironment, shardId: number, incarnation: Uint8Array) {
    this.#environment = environment;
    this.#shardId = shardId;
    this.#incarnation = incarnation;
    this.#directory = shardDirectory(environment.dataDirectory, shardId);
    this.#statePath = stateStorePath(environment.dataDirectory, shardId);
  }

  /**
   * Leaves nothing open when the shard is refused.
   * @throws StorageError locked; DiskError when a write or a sync fails, which is final
   */
  run(): { readonly shard: LaneShard; readonly opened: OpenedShard } | RefusedShard {
    try {
      return this.#open();
    } catch (error) {
      this.#state?.close();
      const reason = refusalReason(error);
      if (reason === undefined) throw error;
      return { type: "refused", reason, message: (error as Error).message };
    }
  }

  #open(): { readonly shard: LaneShard; readonly opened: OpenedShard } {
    createDurableDirectory(this.#environment.disk, this.#directory);
    const damage = this.#openState();
    const { recovered, appliedChain } = this.#recoverLog();
    const discarded = damage ?? divergence(this.#checkpoint, recovered, appliedChain);
    this.#verifyReach(recovered, discarded);
    if (discarded !== undefined) this.#startOver();
    const state = this.#state ?? this.#createState();
    const shard = new LaneShard(this.#openLog(recovered), state);
    const { tokenHashKey } = state;
    const checkpoint = this.#checkpoint;
    return { shard, opened: { type: "opened", checkpoint, tokenHashKey, log: recovered, discarded } };
  }

  /** Reads the checkpoint; returns what is wrong when the file is damaged. */
  #openState(): string | undefined {
    try {
      this.#checkpoint = this.#createState().loadCheckpoint();
      return undefined;
    } catch (error) {
      if (!(error instanceof StorageError) || error.fault !== "damaged") throw error;
      this.#closeState();
      return error.message;
    }
  }

  #createState(): SqliteStateStore {
    const { randomBytes } = this.#environment;
    this.#state = new SqliteStateStore(this.#statePath, { incarnation: this.#incarnation, randomBytes });
    return this.#state;
  }

  #recoverLog(): FoundLog {
    const { disk, checksums } = this.#environment;
    const appliedLsn = this.#checkpoint?.appliedLsn ?? 0;
    const sealedLsn = this.#checkpoint?.tokenRuns.at(-1)?.lastLsn ?? 0;
    let appliedChain: Uint8Array | undefined;
    const recovered = recover(disk, this.#directory, {
      checksums,
      appliedLsn,
      peerAckedLsn: 0,
      // What will be replayed is read and verified now, and the record the checkpoint ends with.
      scanFromLsn: Math.min(appliedLsn, sealedLsn + 1),
      visit: (frame) => {
        if (frame.lastLsn === appliedLsn) appliedChain = frame.chain.slice();
      },
    });
    if (recovered.verdict.kind === "corrupt") throw new WalCorruption(recovered.verdict);
    this.#verifyIdentity(recovered);
    return { recovered, appliedChain };
  }

  #verifyIdentity({ identity }: RecoveredLog): void {
    if (identity === undefined) return;
    const isOurs = identity.shardId === this.#shardId && bytesEqual(identity.incarnation, this.#incarnation);
    if (!isOurs)
      throw new StorageError("foreign", `${this.#directory} holds the log of another shard or incarnation`);
  }

  /** Without derived state the log must begin with its first record. */
  #verifyReach({ segments }: RecoveredLog, discarded: string | undefined): void {
    const [{ segment: firstLsn }] = segments;
    if (firstLsn === 1 || (this.#checkpoint !== undefined && discarded === undefined)) return;
    const loss = discarded ?? `${this.#statePath} holds no checkpoint`;
    throw new StorageError("damaged", `${loss}, and the log begins only at LSN ${firstLsn}`);
  }

  #startOver(): void {
    this.#closeState();
    setAsideDatabase(this.#statePath);
    this.#checkpoint = undefined;
  }

  #closeState(): void {
    this.#state?.close();
    this.#state = undefined;
  }

  #openLog(recovered: RecoveredLog): WalWriter {
    const log = new WalWriter({ ...this.#environment, shardDirectory: this.#directory }, recovered);
    const identity = { incarnation: this.#incarnation, shardId: this.#shardId };
    if (recovered.identity === undefined) log.reset(identity, LOG_START);
    return log;
  }
}

/** Says so when a checkpoint is not of this log: no record with its chain value ends where it does. */
function divergence(
  checkpoint: Checkpoint | undefined,
  { segments }: RecoveredLog,
  appliedChain: Uint8Array | undefined,
): string | undefined {
  if (checkpoint === undefined || checkpoint.appliedLsn < segments[0].segment) return undefined;
  if (appliedChain !== undefined && bytesEqual(checkpoint.appliedChain, appliedChain)) return undefined;
  return `the checkpoint at LSN ${checkpoint.appliedLsn} is not of this log`;
}

const REASON_OF_FAULT: Readonly<Record<StorageFault, RefusalReason | undefined>> = {
  locked: undefined,
  damaged: "state-lost",
  "newer-schema": "state-newer",
  foreign: "foreign",
};

/** Why a shard is refused; undefined for a failure that ends the process. */
function refusalReason(error: unknown): RefusalReason | undefined {
  if (error instanceof StorageError) return REASON_OF_FAULT[error.fault];
  const isUnreadable = error instanceof DiskError && error.operation === "read";
  return isUnreadable || error instanceof WalCorruption ? "wal-corrupt" : undefined;
}
