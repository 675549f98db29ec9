import { assert } from "../../common/assert.ts";
import type {
  Checkpoint,
  CheckpointDelta,
  CheckpointHead,
  CheckpointSlice,
} from "../../node/storage/checkpoint.ts";
import { sliceCheckpoint } from "../../node/storage/checkpoint-slices.ts";
import type { StateStore } from "../../node/storage/state-store.ts";
import type { TokenRun } from "../../node/shard/token-index.ts";

/** What survives a crash of the store over it: a simulated node keeps it across restarts. */
export class MemoryStateFile {
  readonly tokenHashKey: Uint32Array;
  head: CheckpointHead | undefined;
  readonly issuers = new Map<number, Checkpoint["issuers"][number]>();
  readonly chunks = new Map<number, Uint8Array>();
  readonly runs: TokenRun[] = [];

  constructor(tokenHashKey: Uint32Array) {
    this.tokenHashKey = tokenHashKey.slice();
  }
}

/** The state store without SQLite: deterministic, in memory, the same contract. */
export class MemoryStateStore implements StateStore {
  readonly #file: MemoryStateFile;
  /** Slices of the delta that has not ended; a crash loses them. */
  #open: CheckpointSlice[] = [];

  constructor(file: MemoryStateFile) {
    this.#file = file;
  }

  get tokenHashKey(): Uint32Array {
    return this.#file.tokenHashKey.slice();
  }

  get appliedLsn(): number {
    return this.#file.head?.appliedLsn ?? 0;
  }

  loadCheckpoint(): Checkpoint | undefined {
    assert(this.#open.length === 0, "a checkpoint is not read while one is written");
    const { head, issuers, chunks, runs } = this.#file;
    if (head === undefined) return undefined;
    const reservationChunks = Array.from(chunks, ([index, bytes]) => ({ index, bytes }));
    reservationChunks.sort((a, b) => a.index - b.index);
    const rows = [...issuers.values()].sort((a, b) => a.number - b.number);
    return structuredClone({ ...head, issuers: rows, reservationChunks, tokenRuns: runs });
  }

  writeSlice(slice: CheckpointSlice): void {
    this.#open.push(structuredClone(slice));
    if (slice.type !== "head") return;
    assert(slice.head.appliedLsn >= this.appliedLsn, "a checkpoint never goes back");
    const slices = this.#open;
    this.#open = [];
    const firstRun = this.#file.runs.length;
    for (const each of slices) apply(this.#file, each, firstRun);
  }

  writeCheckpoint(delta: CheckpointDelta): void {
    for (const slice of sliceCheckpoint(delta)) this.writeSlice(slice);
  }

  close(): void {
    this.#open = [];
  }
}

function apply(file: MemoryStateFile, slice: CheckpointSlice, firstRun: number): void {
  switch (slice.type) {
    case "issuers":
      for (const row of slice.rows) file.issuers.set(row.number, row);
      return;
    case "chunks":
      for (const { index, bytes } of slice.chunks) file.chunks.set(index, bytes);
      return;
    case "run": {
      const { slots, ordinal, ...rest } = slice.run;
      const columns = { fingerprints: new Uint32Array(slots), lsns: new Float64Array(slots) };
      file.runs[firstRun + ordinal] = { ...columns, ...rest };
      return;
    }
    case "run_part": {
      const { ordinal, firstSlot, fingerprints, lsns } = slice.part;
      const run = file.runs[firstRun + ordinal];
      run.fingerprints.set(fingerprints, firstSlot);
      run.lsns.set(lsns, firstSlot);
      return;
    }
    case "head":
      file.head = slice.head;
  }
}
