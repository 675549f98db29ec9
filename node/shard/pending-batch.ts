import { isLabelsText } from "../../common/batch/labels.ts";
import { alignedRows, batchRowCount, batchString } from "../../common/batch/mutation-batch.ts";
import { ResultBatch } from "../../common/batch/result-batch.ts";
import type { SubmitRequest } from "./events.ts";
import { oversizedStrings } from "../../common/batch/request-check.ts";

/**
 * A submitted batch on its way to its reply. Rows before nextRow are decided (in the frame in
 * flight or in earlier ones), the others wait.
 */
export class PendingBatch {
  readonly request: SubmitRequest;
  readonly count: number;
  readonly rows: Uint8Array;
  readonly words: Int32Array;
  readonly results: ResultBatch;
  readonly oversized: ReturnType<typeof oversizedStrings>;
  /** Issuer number by string index, -1 while unknown; committed issuers only. */
  readonly issuers: Int32Array;
  /** Reference in the dictionary of the frame named by referencesFrame, -1 while unknown. */
  readonly references: Int32Array;
  referencesFrame = -1;
  /** Which strings are labels, by index; asked for once each. */
  readonly #isLabels = new Map<number, boolean>();
  nextRow = 0;
  /** First row decided in the frame in flight: what a broken frame leaves unknown. */
  inFlightFrom = 0;
  /** Highest LSN among the results so far. */
  lsn = 0;

  constructor(request: SubmitRequest) {
    this.request = request;
    this.count = batchRowCount(request.batch);
    this.rows = alignedRows(request.batch.rows);
    this.words = new Int32Array(this.rows.buffer, this.rows.byteOffset, this.rows.byteLength >> 2);
    this.results = ResultBatch.ofSize(this.count);
    this.oversized = oversizedStrings(request.batch);
    const strings = request.batch.strings.length + 1;
    this.issuers = new Int32Array(strings).fill(-1);
    this.references = new Int32Array(strings);
  }

  /** Whether the string at an index can stand for labels. */
  isLabels(index: number): boolean {
    let isLabels = this.#isLabels.get(index);
    if (isLabels === undefined) {
      isLabels = isLabelsText(batchString(this.request.batch, index));
      this.#isLabels.set(index, isLabels);
    }
    return isLabels;
  }

  /** Writes one error into a range of rows. */
  fail(from: number, to: number, reason: number, shardId: number): void {
    for (let row = from; row < to; row++) this.results.setError(row, reason, shardId);
  }
}
