import { type Disk, type DiskFile, syncTogether } from "../wal/disk.ts";
import { probePath } from "./lane-files.ts";
import type { DiskProbe } from "./lane-messages.ts";
import type { LaneShard } from "./lane-shard.ts";

/** One sector: what a disk takes or refuses as a whole. */
const PROBE = new Uint8Array(512).fill(0x70);

export type LaneProbeOptions = {
  readonly lane: number;
  readonly dataDirectory: string;
  readonly disk: Disk;
  readonly monotonicMs: () => number;
};

/**
 * Writes and syncs although nothing needs it, so that an idle node knows whether its disk still
 * works. The sync also covers the marks of shards that have gone idle, by which a recovery will
 * know that their last records were durable.
 */
export class LaneProbe {
  readonly #options: LaneProbeOptions;
  #file: DiskFile | undefined;

  constructor(options: LaneProbeOptions) {
    this.#options = options;
  }

  async run(shards: readonly LaneShard[]): Promise<DiskProbe> {
    const { disk, dataDirectory, monotonicMs } = this.#options;
    const startMs = monotonicMs();
    const idle = shards.filter(({ isBusy, isMarked }) => !isBusy && !isMarked);
    for (const { log } of idle) log.mark();
    const file = this.#opened();
    file.write([PROBE], 0);
    await syncTogether([file, ...idle.flatMap(({ log }) => log.pendingSync())]);
    for (const shard of idle) {
      shard.log.markSynced();
      shard.isMarked = true;
    }
    for (const shard of shards) shard.isBusy = false;
    return { syncMs: monotonicMs() - startMs, ...disk.space(dataDirectory) };
  }

  close(): void {
    this.#file?.close();
  }

  #opened(): DiskFile {
    if (this.#file !== undefined) return this.#file;
    const { disk, dataDirectory, lane } = this.#options;
    const path = probePath(dataDirectory, lane);
    disk.remove(path);
    this.#file = disk.createFile(path);
    return this.#file;
  }
}
