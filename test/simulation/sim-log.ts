import type { Frame } from "../../node/shard/frame.ts";
import type { LogView } from "../../node/shard/log-view.ts";
import { nodeChecksums } from "../../node/wal/checksums.ts";
import type { Disk } from "../../node/wal/disk.ts";
import { LogReader } from "../../node/wal/log-reader.ts";
import { LOG_START, type LogTail } from "../../node/wal/log-tail.ts";
import { recover } from "../../node/wal/recovery.ts";
import { WalWriter } from "../../node/wal/wal-writer.ts";
import { Violation } from "./violation.ts";
import type { World } from "./world.ts";

const DIRECTORY = "/data/shards/0";
const SHARD_ID = 0;
/** Small, so that a short simulation rotates segments. */
const SIZING = { bytesMin: 64 * 1024, bytesMax: 256 * 1024, growWithinMs: 5000 };
const CACHE_BYTES = 32 * 1024;

/** The production log of one shard on a simulated disk, writer and reader in one thread. */
export class SimLog {
  /** End of the log as recovered. */
  readonly tail: LogTail;
  readonly #writer: WalWriter;
  readonly #reader: LogReader;
  #isNew: boolean;

  private constructor(tail: LogTail, writer: WalWriter, reader: LogReader, isNew: boolean) {
    this.tail = tail;
    this.#writer = writer;
    this.#reader = reader;
    this.#isNew = isNew;
  }

  /** Recovers the log of a node's disk; losing what was synced is a violation. */
  static open(disk: Disk, appliedLsn: number, world: World): SimLog {
    const options = { checksums: nodeChecksums, appliedLsn, peerAckedLsn: 0, scanFromLsn: 1 };
    const recovered = recover(disk, DIRECTORY, options);
    world.cover(`recovery ${recovered.verdict.kind}`);
    if (recovered.verdict.kind === "corrupt") {
      throw new Violation("synced-survives-crash", `recovery found ${JSON.stringify(recovered.verdict)}`);
    }
    const writer = new WalWriter(
      {
        disk,
        shardDirectory: DIRECTORY,
        checksums: nodeChecksums,
        sizing: SIZING,
        randomBytes: (length) => world.random.bytes(length),
        monotonicMs: () => world.nowMs,
      },
      recovered,
    );
    const reader = new LogReader({
      disk,
      shardDirectory: DIRECTORY,
      checksums: nodeChecksums,
      cacheBytes: CACHE_BYTES,
      segments: recovered.segments,
    });
    return new SimLog(recovered.tail, writer, reader, recovered.identity === undefined);
  }

  get view(): LogView {
    return this.#reader;
  }

  /** Gives a new log its identity; nothing for one that has records. */
  begin(incarnation: Uint8Array): void {
    if (!this.#isNew) return;
    this.#isNew = false;
    this.#writer.reset({ incarnation, shardId: SHARD_ID }, LOG_START);
  }

  note(frames: readonly Frame[]): void {
    for (const frame of frames) this.#reader.note(frame);
  }

  write(frames: readonly Frame[]): void {
    for (const placement of this.#writer.append(frames)) this.#reader.place(placement);
  }

  sync(): void {
    this.#writer.sync();
  }

  truncateAfter(lsn: number): void {
    this.#writer.truncateAfter(lsn);
    this.#reader.truncateAfter(lsn);
  }
}
