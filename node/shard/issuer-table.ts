import { assert } from "../../common/assert.ts";

/** One issuer as the ledger holds it; the unit of a checkpoint. */
export type IssuerRow = {
  readonly number: number;
  readonly issuerId: string;
  readonly currency: string;
  readonly registeredLsn: number;
  readonly limitMinor: number;
  readonly exposureMinor: number;
  readonly lastLsn: number;
  readonly openCount: number;
  readonly settledCount: number;
};

/**
 * The exposure ledger: one column per attribute, indexed by the issuer's number within the shard.
 *
 * Invariant (I9): exposureMinor = Σ amounts of the issuer's OPEN and SETTLED reservations, and it
 * was ≤ limitMinor in force at every approval. Holds committed and applied records only.
 */
export class IssuerTable {
  #numbers = new Map<string, number>();
  #ids: string[] = [];
  #currencies: string[] = [];
  #registeredLsn = new Float64Array(16);
  #limitMinor = new Float64Array(16);
  #exposureMinor = new Float64Array(16);
  #lastLsn = new Float64Array(16);
  #openCount = new Float64Array(16);
  #settledCount = new Float64Array(16);
  #dirty = new Set<number>();

  get count(): number {
    return this.#ids.length;
  }

  /** Number of an issuer, or -1. */
  numberOf(issuerId: string): number {
    return this.#numbers.get(issuerId) ?? -1;
  }

  issuerId(number: number): string {
    return this.#ids[number];
  }
  currency(number: number): string {
    return this.#currencies[number];
  }
  registeredLsn(number: number): number {
    return this.#registeredLsn[number];
  }
  limitMinor(number: number): number {
    return this.#limitMinor[number];
  }
  exposureMinor(number: number): number {
    return this.#exposureMinor[number];
  }
  /** LSN of the issuer's newest record, 0 before the first. */
  lastLsn(number: number): number {
    return this.#lastLsn[number];
  }
  openCount(number: number): number {
    return this.#openCount[number];
  }
  settledCount(number: number): number {
    return this.#settledCount[number];
  }

  /** Adds an issuer; numbers are dense in the order of registration. */
  register(number: number, issuerId: string, currency: string, lsn: number): void {
    assert(number === this.#ids.length, "issuer numbers are dense");
    assert(!this.#numbers.has(issuerId), "issuer registered twice");
    if (number === this.#limitMinor.length) this.#grow();
    this.#numbers.set(issuerId, number);
    this.#ids.push(issuerId);
    this.#currencies.push(currency);
    this.#registeredLsn[number] = lsn;
    this.#dirty.add(number);
  }

  /** Records what a row says of its issuer after it. */
  advance(number: number, lsn: number, exposureMinor: number, limitMinor: number): void {
    this.#lastLsn[number] = lsn;
    this.#exposureMinor[number] = exposureMinor;
    this.#limitMinor[number] = limitMinor;
    this.#dirty.add(number);
  }

  /** Counts a reservation that became open (+1) or ceased to be (−1). */
  countOpen(number: number, change: 1 | -1): void {
    this.#openCount[number] += change;
  }

  /** Counts a reservation that was settled. */
  countSettled(number: number): void {
    this.#settledCount[number] += 1;
  }

  row(number: number): IssuerRow {
    return {
      number,
      issuerId: this.#ids[number],
      currency: this.#currencies[number],
      registeredLsn: this.#registeredLsn[number],
      limitMinor: this.#limitMinor[number],
      exposureMinor: this.#exposureMinor[number],
      lastLsn: this.#lastLsn[number],
      openCount: this.#openCount[number],
      settledCount: this.#settledCount[number],
    };
  }

  /** Rows changed since the last call, in the order of their numbers. */
  takeDirty(): IssuerRow[] {
    const rows = [...this.#dirty].sort((a, b) => a - b).map((number) => this.row(number));
    this.#dirty.clear();
    return rows;
  }

  /** Restores one row of a checkpoint; rows come in the order of their numbers. */
  restore(row: IssuerRow): void {
    this.register(row.number, row.issuerId, row.currency, row.registeredLsn);
    this.advance(row.number, row.lastLsn, row.exposureMinor, row.limitMinor);
    this.#openCount[row.number] = row.openCount;
    this.#settledCount[row.number] = row.settledCount;
    this.#dirty.delete(row.number);
  }

  #grow(): void {
    this.#registeredLsn = doubled(this.#registeredLsn);
    this.#limitMinor = doubled(this.#limitMinor);
    this.#exposureMinor = doubled(this.#exposureMinor);
    this.#lastLsn = doubled(this.#lastLsn);
    this.#openCount = doubled(this.#openCount);
    this.#settledCount = doubled(this.#settledCount);
  }
}

function doubled(column: Float64Array<ArrayBuffer>): Float64Array<ArrayBuffer> {
  const larger = new Float64Array(column.length * 2);
  larger.set(column);
  return larger;
}
