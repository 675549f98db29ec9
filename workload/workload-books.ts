import type { WorkloadIssuer } from "./issuer-universe.ts";
import { IssuerLedger } from "./issuer-ledger.ts";
import type { IssuerStart } from "./issuer-model.ts";
import { ReservationPool } from "./reservation-pool.ts";

/** What the workload knows of one issuer. */
export interface IssuerBooks {
  readonly issuer: WorkloadIssuer;
  readonly ledger: IssuerLedger;
  readonly pool: ReservationPool;
}

/** A token that was answered with two different decisions or positions. */
export interface TokenConflict {
  readonly issuerId: string;
  readonly token: string;
}

/** The workload's own books about everything it did: what the audit compares the store with. */
export class WorkloadBooks {
  readonly #issuers: Map<string, IssuerBooks>;
  /** Tokens that a repetition answered differently. */
  readonly conflicts: TokenConflict[] = [];
  approved = 0;
  declined = 0;
  readonly #errors = new Map<string, number>();

  constructor(issuers: readonly WorkloadIssuer[]) {
    this.#issuers = new Map(
      issuers.map((issuer) => [
        issuer.issuerId,
        { issuer, ledger: new IssuerLedger(issuer.limitMinor), pool: new ReservationPool() },
      ]),
    );
  }

  /** Errors by reason. */
  get errors(): Record<string, number> {
    return Object.fromEntries(this.#errors);
  }

  issuer(issuerId: string): IssuerBooks {
    const books = this.#issuers.get(issuerId);
    if (books === undefined) throw new Error(`${issuerId} is no issuer of this workload`);
    return books;
  }

  /** Opens the books of an issuer that has a past with what the store says of it. */
  adopt(issuerId: string, limitMinor: number, start: IssuerStart): void {
    const { issuer } = this.issuer(issuerId);
    const pool = new ReservationPool();
    for (const token of start.open.keys()) pool.add(token);
    this.#issuers.set(issuerId, { issuer, ledger: new IssuerLedger(limitMinor, start), pool });
  }

  issuers(): Iterable<IssuerBooks> {
    return this.#issuers.values();
  }

  countError(reason: string): void {
    this.#errors.set(reason, (this.#errors.get(reason) ?? 0) + 1);
  }
}
