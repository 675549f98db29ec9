import { Kind } from "../../../common/batch/kinds.ts";
import type { MutationFields } from "../../../common/batch/mutation-batch.ts";
import { formatToken } from "../../../common/batch/token.ts";

/** What the contract says of one mutation. */
export type ModelOutcome =
  | { readonly error: string }
  | { readonly decision: string; readonly replayed: boolean; readonly lsn: number };

type Recorded = { readonly contents: string; readonly decision: string; readonly lsn: number };
export type ModelReservation = {
  amountMinor: number;
  state: string;
  readonly ttlMs: number;
  readonly lsn: number;
};
export type ModelIssuer = {
  limitMinor: number;
  readonly currency: string;
  readonly registration: Recorded;
  readonly tokens: Map<string, Recorded>;
  readonly reservations: Map<string, ModelReservation>;
};

/**
 * The contract, written down as plainly as it can be: one mutation after another, sums made anew
 * every time. Shares no code with the engine beyond the names of the kinds.
 */
export class ContractModel {
  readonly issuers = new Map<string, ModelIssuer>();
  /** LSN of the last record. */
  lsn = 0;

  /** A record that is nobody's decision: START, or an expiry that {@link expire} applies. */
  skipRecord(): void {
    this.lsn++;
  }

  decide(mutation: MutationFields): ModelOutcome {
    const { kind, issuerId, amountMinor = 0, currency = "" } = mutation;
    const takesAmount = kind === Kind.RESERVE || kind === Kind.AMEND;
    if (takesAmount && amountMinor <= 0) return { error: "INVALID_REQUEST" };
    const issuer = this.issuers.get(issuerId);
    if (issuer === undefined)
      return kind === Kind.REGISTER_ISSUER ? this.#register(mutation) : { error: "ISSUER_NOT_FOUND" };
    const isForeign = kind === Kind.RESERVE && currency !== "" && currency !== issuer.currency;
    if (isForeign) return { error: "INVALID_REQUEST" };
    const recorded = issuer.tokens.get(formatToken(mutation.token));
    if (recorded !== undefined) return replay(recorded, mutation);
    if (kind === Kind.REGISTER_ISSUER) {
      const isSame = issuer.registration.contents === contentsOf(mutation);
      return isSame ? replay(issuer.registration, mutation) : { error: "ISSUER_EXISTS" };
    }
    return this.#decideFresh(issuer, mutation);
  }

  /** Ends the reservation created at an LSN because its time ran out. */
  expire(reservationLsn: number): void {
    const reservation = this.reservations().find(({ lsn }) => lsn === reservationLsn);
    if (reservation?.state !== "OPEN") throw new Error(`nothing to expire at ${reservationLsn}`);
    reservation.state = "EXPIRED";
    this.lsn++;
  }

  reservations(): ModelReservation[] {
    return [...this.issuers.values()].flatMap((issuer) => [...issuer.reservations.values()]);
  }

  #register(mutation: MutationFields): ModelOutcome {
    const registration = { contents: contentsOf(mutation), decision: "APPROVED", lsn: ++this.lsn };
    this.issuers.set(mutation.issuerId, {
      limitMinor: mutation.amountMinor ?? 0,
      currency: mutation.currency ?? "",
      registration,
      tokens: new Map([[formatToken(mutation.token), registration]]),
      reservations: new Map(),
    });
    return { decision: "APPROVED", replayed: false, lsn: this.lsn };
  }

  #decideFresh(issuer: ModelIssuer, mutation: MutationFields): ModelOutcome {
    switch (mutation.kind) {
      case Kind.TOKEN_FENCE:
        return this.#record(issuer, mutation, "DECLINED FENCED");
      case Kind.SET_LIMIT:
        issuer.limitMinor = mutation.amountMinor ?? 0;
        return this.#record(issuer, mutation, "APPROVED");
      case Kind.RESERVE:
        return this.#reserve(issuer, mutation);
      default:
        return this.#change(issuer, mutation);
    }
  }

  #reserve(issuer: ModelIssuer, mutation: MutationFields): ModelOutcome {
    const { token, amountMinor = 0, ttlMs = 0 } = mutation;
    if (exposureOf(issuer) + amountMinor > issuer.limitMinor) {
      return this.#record(issuer, mutation, "DECLINED LIMIT_EXCEEDED");
    }
    const reservation = { amountMinor, state: "OPEN", ttlMs, lsn: this.lsn + 1 };
    issuer.reservations.set(formatToken(token), reservation);
    return this.#record(issuer, mutation, "APPROVED");
  }

  #change(issuer: ModelIssuer, mutation: MutationFields): ModelOutcome {
    const { kind, amountMinor = 0, targetToken = new Uint8Array(16) } = mutation;
    const reservation = issuer.reservations.get(formatToken(targetToken));
    if (reservation === undefined) return { error: "RESERVATION_NOT_FOUND" };
    if (reservation.state !== "OPEN") return this.#record(issuer, mutation, "DECLINED NOT_OPEN");
    if (kind === Kind.AMEND) {
      const growth = amountMinor - reservation.amountMinor;
      const isTooMuch = growth > 0 && exposureOf(issuer) + growth > issuer.limitMinor;
      if (isTooMuch) return this.#record(issuer, mutation, "DECLINED LIMIT_EXCEEDED");
      reservation.amountMinor = amountMinor;
    } else reservation.state = kind === Kind.SETTLE ? "SETTLED" : "RELEASED";
    return this.#record(issuer, mutation, "APPROVED");
  }

  #record(issuer: ModelIssuer, mutation: MutationFields, decision: string): ModelOutcome {
    const recorded = { contents: contentsOf(mutation), decision, lsn: ++this.lsn };
    issuer.tokens.set(formatToken(mutation.token), recorded);
    return { decision, replayed: false, lsn: recorded.lsn };
  }
}

/** Sum of what counts against an issuer's limit. */
export function exposureOf(issuer: ModelIssuer): number {
  const active = [...issuer.reservations.values()].filter(
    ({ state }) => state === "OPEN" || state === "SETTLED",
  );
  return active.reduce((sum, { amountMinor }) => sum + amountMinor, 0);
}

function replay(recorded: Recorded, mutation: MutationFields): ModelOutcome {
  const isFence = mutation.kind === Kind.TOKEN_FENCE || recorded.decision === "DECLINED FENCED";
  if (!isFence && recorded.contents !== contentsOf(mutation)) return { error: "TOKEN_REUSED" };
  return { decision: recorded.decision, replayed: true, lsn: recorded.lsn };
}

/** What two requests with one token must agree in. */
function contentsOf(mutation: MutationFields): string {
  const { kind, amountMinor, targetToken, desk, trader, currency, labels, ttlMs } = mutation;
  const caller = [kind, desk, trader, labels];
  const target = targetToken && formatToken(targetToken);
  switch (kind) {
    case Kind.RESERVE:
      return JSON.stringify([...caller, amountMinor, ttlMs]);
    case Kind.AMEND:
      return JSON.stringify([...caller, amountMinor, target]);
    case Kind.RELEASE:
    case Kind.SETTLE:
      return JSON.stringify([...caller, target]);
    case Kind.REGISTER_ISSUER:
      return JSON.stringify([kind, amountMinor, currency]);
    default:
      return JSON.stringify([...caller, amountMinor]);
  }
}
