import { assert } from "../../common/assert.ts";
import { Kind } from "../../common/batch/kinds.ts";
import {
  type MutationBatch,
  MutationBatchBuilder,
  REQUEST_ROW_BYTES,
} from "../../common/batch/mutation-batch.ts";
import { TOKEN_BYTES } from "../../common/batch/token.ts";
import type { Clock } from "../../common/clock.ts";
import type { Random } from "../../common/random.ts";
import { AMOUNT_MINOR_MAX, type BenchIssuer } from "./bench-issuers.ts";
import type { TokenWriter } from "./token-writer.ts";

/** A batch of reserves, and what it asks for. */
export interface LoadBatch {
  readonly batch: MutationBatch;
  /** Number of each row's issuer. */
  readonly issuers: Uint16Array;
  readonly amountsMinor: Float64Array;
}

/** What a pool is made of. */
export interface BatchPoolParts {
  readonly rowsPerBatch: number;
  /** Batches that can be out at once. */
  readonly batches: number;
  readonly issuers: readonly BenchIssuer[];
  /** Draws the number of a row's issuer. */
  readonly chooseIssuer: () => number;
  readonly random: Random;
  readonly tokens: TokenWriter;
  readonly clock: Clock;
}

/** Rows over all batches of a pool at least, so that small batches still spread over the issuers. */
const ROWS_MIN = 16_384;
const DESKS = ["GOV", "CORP", "MUNI", "AGENCY"];
const TRADERS = 40;
const ROW_WORDS = REQUEST_ROW_BYTES >> 2;
const NO_TOKEN_YET = new Uint8Array(TOKEN_BYTES);

/**
 * Batches that are made once and sent again and again, each time under fresh tokens, so that a load
 * costs little beside what it measures. A batch may be given back once it has its answer.
 */
export class BatchPool {
  readonly #parts: BatchPoolParts;
  /** In the order in which they came back: all take their turn. */
  readonly #free: LoadBatch[];
  #next = 0;

  constructor(parts: BatchPoolParts) {
    this.#parts = parts;
    const batches = Math.max(parts.batches, Math.ceil(ROWS_MIN / parts.rowsPerBatch));
    this.#free = Array.from({ length: batches }, () => this.#make());
  }

  /** The next batch, under tokens of this moment. */
  take(): LoadBatch {
    const load = this.#free[this.#next];
    assert(this.#next < this.#free.length, "no more batches are out than the pool was made for");
    this.#next++;
    const { rows } = load.batch;
    const words = new Int32Array(rows.buffer, rows.byteOffset, rows.byteLength >> 2);
    this.#parts.tokens.write(words, ROW_WORDS, this.#parts.clock.wallMs());
    return load;
  }

  /** Takes a batch back; nothing may look at it any more. */
  give(load: LoadBatch): void {
    this.#free.push(load);
    if (this.#next < this.#free.length >> 1) return;
    this.#free.splice(0, this.#next);
    this.#next = 0;
  }

  #make(): LoadBatch {
    const { rowsPerBatch, issuers, chooseIssuer, random } = this.#parts;
    const builder = new MutationBatchBuilder(rowsPerBatch);
    const numbers = Uint16Array.from({ length: rowsPerBatch }, chooseIssuer);
    const amountsMinor = Float64Array.from(numbers, () => random.integer(1, AMOUNT_MINOR_MAX));
    numbers.forEach((number, row) => {
      builder.add({
        kind: Kind.RESERVE,
        token: NO_TOKEN_YET,
        issuerId: issuers[number].issuerId,
        amountMinor: amountsMinor[row],
        desk: DESKS[random.integer(0, DESKS.length - 1)],
        trader: `t${random.integer(1, TRADERS)}`,
      });
    });
    return { batch: builder.take(), issuers: numbers, amountsMinor };
  }
}
