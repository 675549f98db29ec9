import type { LinkAnswer } from "./link-answer.ts";

/** A batch that was sent and not answered. */
export type OpenBatch = {
  readonly rowCount: number;
  /** When its answer is of no use any more. */
  readonly dueMs: number;
  readonly onAnswer: (answer: LinkAnswer) => void;
};

/** The batches of one stream that are not answered yet. Invariant: `rows` is the sum of theirs. */
export class OpenBatches {
  readonly #batches = new Map<bigint, OpenBatch>();
  #lastId = 0n;
  #rows = 0;

  get rows(): number {
    return this.#rows;
  }

  /** @returns the id to send it under */
  add(batch: OpenBatch): bigint {
    this.#batches.set(++this.#lastId, batch);
    this.#rows += batch.rowCount;
    return this.#lastId;
  }

  /** Takes a batch out; undefined when there is none of that id. */
  take(batchId: bigint): OpenBatch | undefined {
    const batch = this.#batches.get(batchId);
    if (batch === undefined) return undefined;
    this.#batches.delete(batchId);
    this.#rows -= batch.rowCount;
    return batch;
  }

  /** Forgets all: they will not be answered. */
  clear(): void {
    this.#batches.clear();
    this.#rows = 0;
  }

  /** Earliest due time after a moment; infinite when there is none. */
  earliestDueMs(afterMs: number): number {
    let earliestMs = Number.POSITIVE_INFINITY;
    for (const { dueMs } of this.#batches.values()) {
      if (dueMs > afterMs && dueMs < earliestMs) earliestMs = dueMs;
    }
    return earliestMs;
  }
}
