import { Outcome } from "../../common/batch/kinds.ts";
import { RESULT_ROW_BYTES, type ResultBatch, ResultRow } from "../../common/batch/result-batch.ts";
import { reasonName } from "../../common/errors/reason.ts";
import type { BenchIssuer } from "../load/bench-issuers.ts";
import type { LoadBatch } from "../load/batch-pool.ts";
import { PositionSet } from "./position-set.ts";

/** What a load was told about one issuer. */
export interface IssuerBook {
  readonly issuerId: string;
  readonly limitMinor: number;
  /** Approved reserves. */
  readonly approvedCount: number;
  readonly approvedMinor: number;
  /** Smallest amount that was declined; infinite when none was. */
  readonly declinedMinorMin: number;
}

/** A decision as an answer gave it. */
export interface AcknowledgedDecision {
  /** Number of the issuer. */
  readonly issuer: number;
  readonly amountMinor: number;
  readonly approved: boolean;
  readonly shardId: number;
  readonly lsn: number;
}

/**
 * Everything a load of reserves was told: what an audit compares the store with. Every reserve is
 * entered once, with its last answer.
 */
export class Acknowledgements {
  readonly #issuers: readonly BenchIssuer[];
  readonly #approvedCount: Float64Array;
  readonly #approvedMinor: Float64Array;
  readonly #declinedMinorMin: Float64Array;
  readonly #positions = new Map<number, PositionSet>();
  readonly #errors = new Map<string, number>();
  #approved = 0;
  #declined = 0;
  #sharedPositions = 0;

  constructor(issuers: readonly BenchIssuer[]) {
    this.#issuers = issuers;
    this.#approvedCount = new Float64Array(issuers.length);
    this.#approvedMinor = new Float64Array(issuers.length);
    this.#declinedMinorMin = new Float64Array(issuers.length).fill(Number.POSITIVE_INFINITY);
  }

  get approved(): number {
    return this.#approved;
  }

  get declined(): number {
    return this.#declined;
  }

  /** Decisions, approved or declined: as many records as the store must hold. */
  get recorded(): number {
    return this.#approved + this.#declined;
  }

  /** Answers that name a record which another reserve was answered with. */
  get sharedPositions(): number {
    return this.#sharedPositions;
  }

  /** Reserves that ended with an error, by reason. */
  get errors(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.#errors);
  }

  /** One per issuer. */
  get books(): IssuerBook[] {
    return this.#issuers.map(({ issuerId, limitMinor }, number) => ({
      issuerId,
      limitMinor,
      approvedCount: this.#approvedCount[number],
      approvedMinor: this.#approvedMinor[number],
      declinedMinorMin: this.#declinedMinorMin[number],
    }));
  }

  /** Enters the answer to a batch. @returns how many of its reserves were decided */
  enter({ issuers, amountsMinor }: LoadBatch, results: ResultBatch): number {
    const before = this.recorded;
    for (let row = 0; row < results.count; row++) {
      const outcome = results.outcome(row);
      if (outcome === Outcome.ERROR) {
        this.enterError(reasonName(results.reason(row)) ?? "UNKNOWN");
        continue;
      }
      const isApproved = outcome === Outcome.APPROVED;
      this.#decide(issuers[row], amountsMinor[row], isApproved, shardAt(results, row), results.lsn(row));
    }
    return this.recorded - before;
  }

  /** Enters the answer to a single reserve. */
  enterDecision({ issuer, amountMinor, approved, shardId, lsn }: AcknowledgedDecision): void {
    this.#decide(issuer, amountMinor, approved, shardId, lsn);
  }

  /** Enters a reserve that ended with an error. */
  enterError(reason: string): void {
    this.#errors.set(reason, (this.#errors.get(reason) ?? 0) + 1);
  }

  #decide(issuer: number, amountMinor: number, isApproved: boolean, shardId: number, lsn: number): void {
    if (!this.#positionsOf(shardId).add(lsn)) this.#sharedPositions++;
    if (isApproved) {
      this.#approved++;
      this.#approvedCount[issuer]++;
      this.#approvedMinor[issuer] += amountMinor;
      return;
    }
    this.#declined++;
    if (amountMinor < this.#declinedMinorMin[issuer]) this.#declinedMinorMin[issuer] = amountMinor;
  }

  #positionsOf(shardId: number): PositionSet {
    let positions = this.#positions.get(shardId);
    if (positions === undefined) {
      positions = new PositionSet();
      this.#positions.set(shardId, positions);
    }
    return positions;
  }
}

function shardAt({ rows }: ResultBatch, row: number): number {
  const at = row * RESULT_ROW_BYTES + ResultRow.SHARD;
  return (rows[at] | (rows[at + 1] << 8) | (rows[at + 2] << 16) | (rows[at + 3] << 24)) >>> 0;
}
