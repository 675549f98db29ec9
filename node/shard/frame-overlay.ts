import type { ShardState } from "./shard-state.ts";
import type { State } from "./reservation-table.ts";

/** A reservation as it will stand when the frame being built is committed. */
export type PendingReservation = {
  state: State;
  amountMinor: number;
  latestLsn: number;
  version: number;
};

/** An issuer that the frame being built registers. */
export type PendingIssuer = { readonly number: number; readonly currency: string; readonly lsn: number };

/**
 * Committed state plus the effects of the frame being built. Thrown away with the frame: with one
 * frame in flight, the next one is decided on committed state again.
 */
export class FrameOverlay {
  readonly #state: ShardState;
  readonly #newIssuers = new Map<string, PendingIssuer>();
  readonly #reservations = new Map<number, PendingReservation>();
  /** A column is valid for an issuer when its stamp equals the frame's. */
  #stamp = 0;
  #stamps = new Float64Array(16);
  #exposureMinor = new Float64Array(16);
  #limitMinor = new Float64Array(16);
  #lastLsn = new Float64Array(16);

  constructor(state: ShardState) {
    this.#state = state;
  }

  /** Forgets the effects of the frame before. */
  reset(): void {
    this.#stamp++;
    if (this.#newIssuers.size > 0) this.#newIssuers.clear();
    if (this.#reservations.size > 0) this.#reservations.clear();
  }

  /** Number of an issuer, registered or about to be; -1 when there is none. */
  issuerNumber(issuerId: string): number {
    const number = this.#state.issuers.numberOf(issuerId);
    return number >= 0 ? number : (this.#newIssuers.get(issuerId)?.number ?? -1);
  }

  issuerCurrency(issuerId: string, number: number): string {
    return this.#newIssuers.get(issuerId)?.currency ?? this.#state.issuers.currency(number);
  }

  /** LSN of the record that registered an issuer. */
  registeredLsn(issuerId: string, number: number): number {
    return this.#newIssuers.get(issuerId)?.lsn ?? this.#state.issuers.registeredLsn(number);
  }

  /** Gives a new issuer its number. */
  registerIssuer(issuerId: string, currency: string, lsn: number): number {
    const number = this.#state.issuers.count + this.#newIssuers.size;
    this.#newIssuers.set(issuerId, { number, currency, lsn });
    return number;
  }

  exposureMinor(issuer: number): number {
    return this.#isTouched(issuer) ? this.#exposureMinor[issuer] : this.#state.issuers.exposureMinor(issuer);
  }
  limitMinor(issuer: number): number {
    return this.#isTouched(issuer) ? this.#limitMinor[issuer] : this.#state.issuers.limitMinor(issuer);
  }
  lastLsn(issuer: number): number {
    return this.#isTouched(issuer) ? this.#lastLsn[issuer] : this.#state.issuers.lastLsn(issuer);
  }

  /** Records what the newest row says of its issuer. */
  advance(issuer: number, lsn: number, exposureMinor: number, limitMinor: number): void {
    if (issuer >= this.#stamps.length) this.#grow(issuer);
    this.#stamps[issuer] = this.#stamp;
    this.#exposureMinor[issuer] = exposureMinor;
    this.#limitMinor[issuer] = limitMinor;
    this.#lastLsn[issuer] = lsn;
  }

  reservation(lsn: number): PendingReservation | undefined {
    return this.#reservations.get(lsn);
  }
  setReservation(lsn: number, pending: PendingReservation): void {
    this.#reservations.set(lsn, pending);
  }

  #isTouched(issuer: number): boolean {
    return issuer < this.#stamps.length && this.#stamps[issuer] === this.#stamp;
  }

  #grow(issuer: number): void {
    const length = Math.max(issuer + 1, this.#stamps.length * 2);
    const copy = (column: Float64Array): Float64Array<ArrayBuffer> => {
      const larger = new Float64Array(length);
      larger.set(column);
      return larger;
    };
    this.#stamps = copy(this.#stamps);
    this.#exposureMinor = copy(this.#exposureMinor);
    this.#limitMinor = copy(this.#limitMinor);
    this.#lastLsn = copy(this.#lastLsn);
  }
}
