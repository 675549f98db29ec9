import { isBefore, type ShardPosition } from "../client/index.ts";

/** A recorded decision of one issuer, as a client of the store learnt it. */
export interface RecordedDecision {
  readonly kind: "reserve" | "release" | "settle" | "amend" | "limit";
  readonly token: string;
  /** Token of the reservation that a release, settle or amend is about. */
  readonly targetToken: string;
  /** Amount of a reserve or amend, or the new limit; minor units. */
  readonly amountMinor: number;
  readonly approved: boolean;
  /** Why it was declined; empty when it was not. */
  readonly declineReason: string;
  readonly position: ShardPosition;
}

/** A decision that the rules do not allow at its place in the history. */
export interface RuleBreach {
  readonly rule: "oversold" | "declined-with-headroom" | "wrong-state" | "position-shared";
  readonly message: string;
}

/** Sums a model and the store must agree on; amounts in minor units. */
export interface IssuerSums {
  readonly limitMinor: number;
  readonly exposureMinor: number;
  readonly openCount: number;
  readonly settledCount: number;
}

/** What an issuer has before the first decision that is applied. */
export interface IssuerStart {
  readonly exposureMinor: number;
  readonly settledCount: number;
  /** Amounts of its open reservations by token. */
  readonly open: ReadonlyMap<string, number>;
}

const NOTHING: IssuerStart = { exposureMinor: 0, settledCount: 0, open: new Map() };

/**
 * What an issuer's state must be after a series of decisions, worked out independently of the store.
 * Decisions are applied in the order of their positions, and each is checked against the rules.
 *
 * Invariant: exposure = sum of the open and the settled amounts.
 */
export class IssuerModel {
  #limitMinor: number;
  #exposureMinor: number;
  #settledCount: number;
  readonly #open: Map<string, number>;
  #last: ShardPosition | undefined;

  constructor(limitMinor: number, start: IssuerStart = NOTHING) {
    this.#limitMinor = limitMinor;
    this.#exposureMinor = start.exposureMinor;
    this.#settledCount = start.settledCount;
    this.#open = new Map(start.open);
  }

  get sums(): IssuerSums {
    return {
      limitMinor: this.#limitMinor,
      exposureMinor: this.#exposureMinor,
      openCount: this.#open.size,
      settledCount: this.#settledCount,
    };
  }

  /** Amounts of the open reservations by token. */
  get open(): ReadonlyMap<string, number> {
    return this.#open;
  }

  /** Applies the next decision. @returns what is wrong with it, if anything */
  apply(decision: RecordedDecision): RuleBreach | undefined {
    const shared = this.#last !== undefined && !isBefore(this.#last, decision.position);
    this.#last = decision.position;
    if (shared) return breach("position-shared", decision, "another decision has its position");
    if (!decision.approved) return this.#checkDecline(decision);
    switch (decision.kind) {
      case "reserve":
        return this.#reserve(decision);
      case "amend":
        return this.#amend(decision);
      case "release":
        return this.#close(decision, false);
      case "settle":
        return this.#close(decision, true);
      case "limit":
        this.#limitMinor = decision.amountMinor;
        return undefined;
    }
  }

  #reserve(decision: RecordedDecision): RuleBreach | undefined {
    if (this.#open.has(decision.token))
      return breach("wrong-state", decision, "the token has reserved before");
    this.#open.set(decision.token, decision.amountMinor);
    return this.#grow(decision, decision.amountMinor);
  }

  #amend(decision: RecordedDecision): RuleBreach | undefined {
    const amountMinor = this.#open.get(decision.targetToken);
    if (amountMinor === undefined) return breach("wrong-state", decision, "its reservation was not open");
    this.#open.set(decision.targetToken, decision.amountMinor);
    return this.#grow(decision, decision.amountMinor - amountMinor);
  }

  #close(decision: RecordedDecision, keepsExposure: boolean): RuleBreach | undefined {
    const amountMinor = this.#open.get(decision.targetToken);
    if (amountMinor === undefined) return breach("wrong-state", decision, "its reservation was not open");
    this.#open.delete(decision.targetToken);
    if (keepsExposure) this.#settledCount++;
    else this.#exposureMinor -= amountMinor;
    return undefined;
  }

  #grow(decision: RecordedDecision, byMinor: number): RuleBreach | undefined {
    this.#exposureMinor += byMinor;
    if (byMinor <= 0 || this.#exposureMinor <= this.#limitMinor) return undefined;
    return breach(
      "oversold",
      decision,
      `exposure ${this.#exposureMinor} passed the limit ${this.#limitMinor}`,
    );
  }

  #checkDecline(decision: RecordedDecision): RuleBreach | undefined {
    const target = this.#open.get(decision.targetToken);
    if (decision.declineReason === "NOT_OPEN") {
      return target === undefined ? undefined : breach("wrong-state", decision, "its reservation was open");
    }
    const byMinor = decision.amountMinor - (decision.kind === "amend" ? (target ?? 0) : 0);
    if (this.#exposureMinor + byMinor > this.#limitMinor) return undefined;
    return breach("declined-with-headroom", decision, `${byMinor} would have fitted`);
  }
}

function breach(rule: RuleBreach["rule"], decision: RecordedDecision, problem: string): RuleBreach {
  const { kind, token, position } = decision;
  return { rule, message: `${kind} ${token} at ${position.generation}/${position.lsn}: ${problem}` };
}
